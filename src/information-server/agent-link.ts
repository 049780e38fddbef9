/**
 * The control manager agent's connection, and with it everything known of the control manager.
 *
 * The agent is told what to take and what to say upward; it decides nothing. A stopped agent is
 * simply not connected: then nothing is taken, whatever the control manager wants (D5).
 */

import { holdState, type Hold, type HoldState } from '#domain/hold/hold.ts';
import { brand, type ComponentName, type Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import {
  agentToInformationServer,
  protocolVersion,
  type AgentToInformationServer,
  type ControlManagerLevel,
  type Holds,
  levelSeen,
  type InformationServerToAgent,
  type LevelSeen,
  type WireHold,
} from '#protocol/control-manager/messages.ts';
import type { NoticeTexts } from '#ports/notices.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { background } from './background.ts';
import type { Deliveries } from './content/deliveries.ts';
import type { Rings } from './content/rings.ts';
import type { Loop } from './loop.ts';
import type { ServerLink } from './fleet/sessions.ts';
import type { Site } from './site.ts';
import type { Campaigns } from './upgrade/campaigns.ts';
import type { Updates } from './content/updates.ts';

type Connected = {
  readonly link: ServerLink;
  readonly version: string;
  readonly digest: Digest;
};

export class AgentLink {
  readonly #site: Site;
  readonly #loop: Loop;
  readonly #deliveries: Deliveries;
  readonly #updates: Updates;
  readonly #rings: Pick<Rings, 'evidence' | 'heardAdmitted' | 'heardWithdrawn'>;
  readonly #campaigns: Pick<Campaigns, 'heard' | 'reports'>;
  readonly #inbox: string;
  readonly #contentChanged: () => void;
  readonly #noticed: (texts: NoticeTexts) => Promise<void>;
  readonly #toldOfHolds: () => void;
  readonly #seen: () => void;
  #connected: Connected | null = null;
  #level: LevelSeen | null = null;
  /** The agent is connected to it at this moment. */
  #isManagerThere = false;

  constructor(parts: {
    readonly site: Site;
    readonly loop: Loop;
    readonly deliveries: Deliveries;
    readonly updates: Updates;
    readonly rings: Pick<Rings, 'evidence' | 'heardAdmitted' | 'heardWithdrawn'>;
    readonly campaigns: Pick<Campaigns, 'heard' | 'reports'>;
    readonly inbox: string;
    contentChanged(): void;
    /** What the control manager says that the organisation's root has said. */
    noticed(texts: NoticeTexts): Promise<void>;
    /** It came, or went: nothing of that is written down. */
    seen(): void;
    /** Holds of the control manager began or ended. */
    holdsSaid(): void;
  }) {
    this.#site = parts.site;
    this.#loop = parts.loop;
    this.#deliveries = parts.deliveries;
    this.#updates = parts.updates;
    this.#rings = parts.rings;
    this.#campaigns = parts.campaigns;
    this.#inbox = parts.inbox;
    this.#contentChanged = parts.contentChanged;
    this.#noticed = parts.noticed;
    this.#toldOfHolds = parts.holdsSaid;
    this.#seen = parts.seen;
  }

  accept(link: ServerLink): void {
    link.onMessage((input) => {
      const message = agentToInformationServer.safeParse(input);
      if (!message.success) {
        const detail = detailOf(message.error);
        this.#send(link, { type: 'bye', because: problem('MESSAGE_UNREADABLE', { detail }) });
        link.close();
        return;
      }
      const said = this.#said(link, message.data);
      background(this.#site, said, 'a message of the agent could not be handled');
    });
    link.onClose(() => {
      if (this.#connected?.link !== link) return;
      this.#connected = null;
      this.#seen();
      if (!this.#isManagerThere) return;
      background(this.#site, this.#levelSaid(null), 'the level could not be noted');
    });
  }

  #send(link: ServerLink, message: InformationServerToAgent): void {
    link.send(message);
  }

  async #said(link: ServerLink, message: AgentToInformationServer): Promise<void> {
    if (message.type === 'hello') {
      if (message.protocol !== protocolVersion) {
        const values = { version: message.protocol, known: protocolVersion };
        this.#send(link, { type: 'bye', because: problem('PROTOCOL_UNKNOWN', values) });
        link.close();
        return;
      }
      this.#connected?.link.close();
      this.#connected = { link, version: message.agentVersion, digest: message.agentDigest };
      this.#seen();
      const { name: site } = this.#site;
      this.#send(link, {
        type: 'welcome',
        protocol: protocolVersion,
        site,
        inbox: this.#inbox,
        hearsNotices: true,
        hearsCampaigns: true,
      });
      await this.reconsider();
      return;
    }
    if (this.#connected?.link !== link) return;
    switch (message.type) {
      case 'level':
        await this.#levelSaid(message.level);
        break;
      case 'offer':
        await this.#deliveries.offered(message);
        await this.reconsider();
        break;
      case 'holds':
        this.#deliveries.keptBackAbove(message.keptBack);
        await this.#rings.heardWithdrawn(message.withdrawn);
        await this.#rings.heardAdmitted(message.admitted);
        await this.#holdsSaid(message);
        await this.reconsider();
        break;
      case 'notices':
        await this.#noticed(message.texts);
        break;
      case 'campaigns':
        await this.#campaigns.heard(message);
        break;
      case 'delivered':
        await this.#delivered(message.digest);
        break;
      case 'failed':
        this.#site.log.warn({ because: message.because }, 'a delivery failed');
        break;
    }
  }

  /** null: the agent has lost its control manager; from now on it was only seen. */
  async #levelSaid(level: ControlManagerLevel | null): Promise<void> {
    const known = level ?? this.#level?.level;
    this.#isManagerThere = level !== null;
    if (known === undefined) return;
    this.#level = { level: known, seen: this.#site.clock.now() };
    const value = JSON.stringify(this.#level);
    await this.#loop.submit(async (rows) => {
      await rows.log.putNote('control-manager', value);
      return [];
    });
  }

  /** Holds that people made at the control manager; one that is no longer named has ended. */
  async #holdsSaid({ holds, planned }: Pick<Holds, 'holds' | 'planned'>): Promise<void> {
    const now = this.#site.clock.now();
    const said = [
      ...planned.map((one) => holdOf(one, true)),
      ...holds.map((one) => holdOf(one, false)),
    ];
    const named = new Map(said.map((one) => [one.id, one]));
    await this.#loop.submit(async (rows) => {
      for (const standing of await rows.holds.holds(now)) {
        const isTheirs = standing.owner.kind === 'control-manager';
        if (isTheirs && !named.has(standing.id) && standing.releasedAt === null) {
          await rows.holds.putHold({ ...standing, releasedAt: now });
        }
      }
      for (const one of named.values()) {
        const known = await rows.holds.hold(one.id);
        // Released here, or somebody else's: what the tier above repeats does not bring it back.
        const isTheirs = known === null || known.owner.kind === 'control-manager';
        if (!isTheirs || (known?.releasedAt ?? null) !== null) continue;
        // Seen to begin here: what the clock above says of the same beginning undoes it no more.
        const hasBegun = known?.isPlanned === false && known.from === one.from;
        await rows.holds.putHold(hasBegun ? { ...one, isPlanned: false } : one);
      }
      return [];
    });
    this.#toldOfHolds();
  }

  async #delivered(digest: Digest): Promise<void> {
    const item = this.#deliveries.itemOf(digest);
    if (item === null) return;
    const end = await this.#deliveries.delivered(item, this.#site.store.inboxFile(digest));
    if (!end.ok) this.#site.log.warn({ because: end.because }, 'delivered content was refused');
    else if (end.value === 'taken') this.#contentChanged();
    await this.reconsider();
  }

  /** Tells the agent what to take now and what to say upward; safe to repeat at any time. */
  async reconsider(): Promise<void> {
    const connected = this.#connected;
    if (connected === null) return;
    const sorted = await this.#deliveries.sort();
    if (sorted !== null && sorted.take.length > 0) {
      this.#send(connected.link, { type: 'take', fence: sorted.fence, items: [...sorted.take] });
    }
    const keptBack = await this.#deliveries.keptBackHere(await this.#updates.keptBack());
    this.#send(connected.link, await this.#siteStatus(connected, keptBack));
  }

  async #siteStatus(
    connected: Connected,
    keptBack: readonly { readonly component: ComponentName; readonly version: string }[],
  ): Promise<Extract<InformationServerToAgent, { type: 'site' }>> {
    const { rows } = this.#site.journal;
    const now = this.#site.clock.now();
    const holds = await rows.holds.holds(now);
    const inState = (state: HoldState): Hold[] =>
      holds.filter((hold) => holdState(hold, now) === state);
    return {
      type: 'site',
      site: this.#site.name,
      agentVersion: connected.version,
      programVersion: this.#site.self.version,
      holds: inState('active').map(wireHoldOf),
      planned: inState('planned')
        .filter(({ owner }) => owner.kind !== 'control-manager')
        .map(wireHoldOf),
      contents: (await rows.catalogue.contents()).map(({ component, version, file }) => ({
        component,
        version,
        digest: file.digest,
      })),
      keptBack: keptBack.map(({ component, version }) => ({ component, version })),
      evidence: await this.#rings.evidence(),
      campaigns: await this.#campaigns.reports(),
    };
  }

  connected(): { readonly version: string; readonly digest: Digest } | null {
    return this.#connected;
  }

  async controlManager(): Promise<LevelSeen | null> {
    if (this.#level !== null && this.#isManagerThere) {
      return { ...this.#level, seen: this.#site.clock.now() };
    }
    if (this.#level !== null) return this.#level;
    const note = await this.#site.journal.rows.log.note('control-manager');
    return note === null ? null : levelSeen.parse(JSON.parse(note));
  }
}

function wireHoldOf(hold: Hold): WireHold {
  const { owner, scope } = hold;
  return {
    id: hold.id,
    reason: hold.reason,
    owner: owner.kind === 'upgrade' ? `upgrade ${owner.upgrade}` : owner.name,
    from: hold.from,
    until: hold.until,
    lanes: [...scope.lanes],
    servers: scope.servers === 'site' ? 'all' : [...scope.servers],
    ...(scope.components.length === 0 ? {} : { components: [...scope.components] }),
    ...(scope.domains === undefined || scope.domains.length === 0
      ? {}
      : { domains: [...scope.domains] }),
    ...(hold.series === undefined ? {} : { series: hold.series }),
  };
}

function holdOf(wire: WireHold, isPlanned: boolean): Hold {
  return {
    id: brand(wire.id),
    scope: {
      servers: wire.servers === 'all' ? 'site' : wire.servers,
      lanes: wire.lanes,
      components: wire.components ?? [],
      domains: wire.domains ?? [],
    },
    reason: wire.reason,
    owner: { kind: 'control-manager', name: wire.owner },
    from: wire.from,
    until: wire.until,
    releasedAt: null,
    isPlanned,
    series: wire.series,
  };
}
