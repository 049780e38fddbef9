/**
 * A site told in observations, for tests of the checkers. It keeps its rows' counters right, so that
 * only what a test plants is wrong.
 */

import {
  brand,
  type Digest,
  type GroupName,
  type HoldId,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { Hold } from '#domain/hold/hold.ts';
import type { RecordKind } from '#domain/record/kinds.ts';
import { chained, genesisHead, type Genesis, type RecordLine } from '#domain/record/line.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import {
  countMove,
  type UpgradeGroup,
  type UpgradeHead,
  type UpgradeServer,
} from '#domain/upgrade/state.ts';
import type { FromNormalServer, ToNormalServer } from '#protocol/normal-server/messages.ts';
import type { Observation, RowChange } from '../observation.ts';
import type { Facts, FleetView, JournalledInput, ServerView } from './checker.ts';
import {
  fleetServer,
  leaseOf,
  old,
  ownServer,
  plan,
  platform,
  program,
  releases,
  site,
  target,
  unknown,
} from './example.testing.ts';
import { digestOfText as digestOf } from '../adapters/store-folder.ts';
import { Memory } from './memory.ts';
import { Watch } from './watch.ts';

const genesis: Genesis = { format: 1, site: brand<ServerId>(site), at: 0, linesBefore: 0 };
const first = firstRows(plan, { startedAt: 0, withInformationServer: true });

export class Story {
  now = 1_000;
  readonly #seen: { readonly at: number; readonly observation: Observation }[] = [];
  #head: UpgradeHead = { ...first.head, state: 'groups', ownHoldSince: null };
  readonly #groups = new Map(first.groups);
  readonly #rows = new Map(first.servers);
  readonly #holds = new Map<HoldId, Hold>();
  readonly #inputs: JournalledInput[] = [];
  #record: RecordLine[] = [];
  readonly #installed = new Map<ServerId, Digest>();
  #fleet: readonly FleetServer[] = [];
  #changes: RowChange[] | null = null;
  #liars = new Set<ServerId>();
  #down = new Set<string>();
  #ended = new Set<ServerId>();

  constructor() {
    for (const server of [ownServer, ...this.#rows.keys()]) this.#installed.set(server, old.digest);
  }

  see(observation: Observation): this {
    this.#seen.push({ at: this.now, observation });
    return this;
  }

  after(milliseconds: number): this {
    this.now += milliseconds;
    return this;
  }

  /** The upgrade stands in the journal, its information server upgraded. */
  begin(): this {
    const { upgrade } = plan;
    for (const server of this.#rows.keys()) this.run(server, old.digest);
    return this.run(ownServer, target.digest).commit([
      { of: 'plan', plan },
      { of: 'head', before: null, after: this.#head },
      ...[...this.#groups.values()].map(
        (after) => ({ of: 'group', upgrade, before: null, after }) as const,
      ),
      ...[...this.#rows.values()].map(
        (after) => ({ of: 'row', upgrade, before: null, after }) as const,
      ),
    ]);
  }

  commit(rows: readonly RowChange[]): this {
    return this.see({ type: 'committed', site, rows });
  }

  /** What `tell` tells becomes one commit. */
  together(tell: (story: this) => void): this {
    const changes: RowChange[] = [];
    this.#changes = changes;
    tell(this);
    this.#changes = null;
    return this.commit(changes);
  }

  #change(...rows: RowChange[]): this {
    if (this.#changes === null) return this.commit(rows);
    this.#changes.push(...rows);
    return this;
  }

  head(change: Partial<UpgradeHead>): this {
    const before = this.#head;
    this.#head = { ...before, ...change };
    return this.#change({ of: 'head', before, after: this.#head });
  }

  group(name: string, change: Partial<UpgradeGroup>): this {
    const before = this.#group(name);
    const after = { ...before, ...change };
    this.#groups.set(after.name, after);
    return this.#change({ of: 'group', upgrade: plan.upgrade, before, after });
  }

  row(name: string, change: Partial<UpgradeServer>): this {
    const server = brand<ServerId>(name);
    const before = this.#rows.get(server);
    if (before === undefined) throw new Error(`no row ${name}`);
    const after = { ...before, ...change };
    const group = this.#group(before.group);
    const counted = countMove(group, before, after);
    this.#rows.set(server, after);
    this.#groups.set(group.name, counted);
    const { upgrade } = plan;
    return this.#change(
      { of: 'group', upgrade, before: group, after: counted },
      { of: 'row', upgrade, before, after },
    );
  }

  #group(name: string): UpgradeGroup {
    const group = this.#groups.get(brand<GroupName>(name));
    if (group === undefined) throw new Error(`no group ${name}`);
    return group;
  }

  hold(after: Hold): this {
    const before = this.#holds.get(after.id) ?? null;
    this.#holds.set(after.id, after);
    return this.#change({ of: 'hold', before, after });
  }

  record(kind: RecordKind, who: string, detail: Readonly<Record<string, unknown>>): this {
    const before = this.#record.at(-1) ?? genesisHead(genesis, digestOf);
    const entry = chained(before, { at: 0, kind, who, server: null, detail }, digestOf);
    this.#record.push(entry);
    return this.#change({ of: 'record', entry });
  }

  /** Somebody changed the journal's file behind the program's back. */
  tamper(change: (record: readonly RecordLine[]) => RecordLine[]): this {
    this.#record = change(this.#record);
    return this;
  }

  /** A lease that arrives, with the head of the record that stands at that moment. */
  witness(name: string, epoch: number): this {
    const { number, hash } = this.#record.at(-1) ?? genesisHead(genesis, digestOf);
    const head = { site: genesis.site, epoch, number, hash };
    const lease = { type: 'lease', request: 0, lease: leaseOf(name), seconds: 60 } as const;
    const message = { ...lease, digest: target.digest, head };
    return this.tell(name, message);
  }

  input(input: JournalledInput): this {
    this.#inputs.push(input);
    return this;
  }

  stage(...names: readonly string[]): this {
    for (const name of names) this.row(name, { state: 'staging' }).row(name, { state: 'staged' });
    return this;
  }

  /** The group is open for leases. */
  open(name: string): this {
    const states = ['staging', 'holding', 'checking', 'switching'] as const;
    for (const state of states) this.group(name, { state });
    return this;
  }

  lease(name: string): this {
    const lease = { id: leaseOf(name), grantedAt: this.now, until: this.now + 60_000 };
    return this.row(name, { state: 'leased', lease, wasLeased: true });
  }

  tell(name: string, message: ToNormalServer): this {
    const server = brand<ServerId>(name);
    this.see({ type: 'sent', site, server, message });
    return this.see({ type: 'told', site, server, message });
  }

  want(name: string, digests: readonly Digest[], number = 1): this {
    const items = digests.map((digest) => {
      const { component, lane, version } = releases.get(digest)?.manifest ?? target.manifest;
      return { component, lane, version, digest };
    });
    return this.tell(name, { type: 'wanted', fence: { epoch: 1, number }, items });
  }

  go(name: string): this {
    return this.tell(name, { type: 'confirmed', lease: leaseOf(name), go: true });
  }

  /** Leased, confirmed and told so. */
  permit(name: string): this {
    return this.lease(name).row(name, { state: 'switching' }).go(name);
  }

  switchBegun(name: string, digest: Digest = target.digest): this {
    const lease = leaseOf(name);
    const server = brand<ServerId>(name);
    return this.see({ type: 'switch-begun', server, component: program, digest, lease });
  }

  unpacked(name: string, release: Release): this {
    const tree = release.manifest.packages[0]?.treeDigest ?? unknown;
    const { digest } = release;
    return this.see({ type: 'unpacked', server: brand<ServerId>(name), digest, tree });
  }

  switched(name: string, to: Digest, isReturn = false): this {
    const server = brand<ServerId>(name);
    const from = this.#installed.get(server) ?? null;
    const { component, lane } = releases.get(to)?.manifest ?? target.manifest;
    if (lane === 'program') this.#installed.set(server, to);
    return this.see({ type: 'switched', server, component, lane, from, to, isReturn });
  }

  run(name: string, digest: Digest, works = true): this {
    const server = brand<ServerId>(name);
    this.#installed.set(server, digest);
    this.#ended.delete(server);
    return this.see({ type: 'running', server, component: program, digest, works });
  }

  /** No process of its daemon runs any more. */
  ends(name: string): this {
    const server = brand<ServerId>(name);
    this.#ended.add(server);
    return this.see({ type: 'running', server, component: program, digest: null, works: false });
  }

  say(name: string, message: FromNormalServer): this {
    return this.see({ type: 'said', site, server: brand<ServerId>(name), message });
  }

  hello(name: string, runs: Release, change: { number?: number; proofOf?: Release } = {}): this {
    const { number = 1, proofOf = runs } = change;
    const { digest, manifest } = runs;
    const proof = [...(proofOf.manifest.packages[0]?.proof ?? [])];
    const fence = { epoch: 1, number };
    this.see({ type: 'greeted', server: brand<ServerId>(name), fence });
    return this.say(name, {
      type: 'hello',
      protocol: 1,
      server: brand<ServerId>(name),
      installId: `install-${name}`,
      machineId: name,
      platform,
      os: 'Linux',
      domain: brand('default'),
      memoryBytes: 1,
      diskBytesFree: 1,
      running: { digest, version: manifest.version, proof, pid: 1, startedAt: 0 },
      programs: [],
      contents: [],
      rebootRecommended: null,
      withInformationServer: false,
      fence,
    });
  }

  account(name: string, bytes: number): this {
    this.#fleet = [
      { ...fleetServer(brand<ServerId>(name)), bytesReceived: { [target.digest]: bytes } },
    ];
    return this;
  }

  lie(name: string): this {
    this.#liars.add(brand<ServerId>(name));
    return this;
  }

  powerOff(name: string): this {
    this.#down.add(name);
    return this;
  }

  /** Throws what the checker of that number has against it. */
  watch(only: number): void {
    const watch = new Watch({ facts: this.#facts(), view: () => this.#view(), only });
    for (const { at, observation } of this.#seen) watch.see(observation, at);
    watch.end(this.now);
  }

  memory(): Memory {
    return new Memory(this.#facts(), () => this.#view());
  }

  #facts(): Facts {
    return {
      published: (digest) => releases.get(digest) ?? null,
      signedIn: (digest) => releases.get(digest)?.manifest.lane ?? null,
      ownComponent: program,
      inFlightMax: null,
      clockDriftMax: 0.1,
      isHonest: (server) => !this.#liars.has(server),
      thawsAt: () => -1,
      ableSince: (name) => (this.#down.has(name) ? null : 0),
      wallNow: () => this.now,
      placeOf: (server) => ({ site, isOwn: server === ownServer }),
    };
  }

  #view(): FleetView {
    const journal = {
      heads: [this.#head],
      plan: () => plan,
      groups: () => [...this.#groups.values()],
      rows: () => [...this.#rows.values()],
      holds: [...this.#holds.values()],
      servers: this.#fleet,
      genesis,
      record: (after: number) => this.#record.slice(after),
      inputsCount: this.#inputs.length,
      inputs: (_upgrade: UpgradeId, after = 0) => this.#inputs.slice(after),
    };
    return {
      sites: [{ site, wallNow: this.now, isUp: true, journal }],
      servers: [...this.#rows.keys()].map((server) => this.#serverView(server)),
    };
  }

  #serverView(server: ServerId): ServerView {
    const digest = this.#installed.get(server);
    const installed = new Map(digest === undefined ? [] : [[program, digest] as const]);
    const ableSince = this.#down.has(server) ? null : 0;
    const isRunning = !this.#ended.has(server);
    return { server, site, ableSince, isRunning, installed, isLost: false };
  }
}
