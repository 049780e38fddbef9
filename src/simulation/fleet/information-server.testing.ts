/**
 * As much of an information server as an agent needs: takes all content of an offer that it does
 * not have, keeps it, and says what it has. For tests of the tiers above; the real one is beside.
 */

import { keptBack } from '#domain/delivery/kept-back.ts';
import type { ComponentName, Digest, ServerId } from '#domain/names.ts';
import type { LauncherLink } from '#ports/launcher.ts';
import type { SocketLink } from '#ports/link.ts';
import {
  agentToInformationServer,
  protocolVersion,
  type ContentItem,
  type Offer,
  type SiteStatus,
} from '#protocol/control-manager/messages.ts';
import type { InboxFolder } from '../adapters/inbox-folder.ts';
import type { Stored } from '../world/disk.ts';
import type { Process } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { informationServerIdentity } from './identities.ts';

export type StandInContents = ReadonlyMap<ComponentName, ContentItem>;

export type StandInPlace = {
  readonly world: World;
  readonly site: ServerId;
  readonly address: string;
  readonly inbox: InboxFolder;
  readonly contents: Stored<StandInContents>;
  arrived(version: string): void;
};

export function beginInformationServerStandIn(
  { process, link: launcher }: { readonly process: Process; readonly link: LauncherLink },
  { world, site, address, inbox, contents, arrived }: StandInPlace,
): { close(): Promise<void> } {
  let agent: SocketLink | null = null;
  let offer: Offer | null = null;

  const status = (): SiteStatus => ({
    type: 'site',
    site,
    agentVersion: '5.80',
    programVersion: '5.80',
    holds: [],
    contents: [...contents.read().values()].map(({ component, version, digest }) => {
      return { component, version, digest };
    }),
    keptBack: [],
  });

  function reconsider(): void {
    const items = keptBack(offer?.items ?? [], [...contents.read().values()]);
    if (offer !== null && items.length > 0)
      agent?.send({ type: 'take', fence: offer.fence, items });
    agent?.send(status());
  }

  async function delivered(digest: Digest): Promise<void> {
    const item = offer?.items.find((one) => one.digest === digest);
    const found = await process.effect(() => inbox.find(digest));
    if (item === undefined || found?.digest !== digest) return;
    const more = new Map(contents.read()).set(item.component, item);
    await process.effect(() => {
      contents.write(more, { synced: true });
      arrived(item.version);
    });
    reconsider();
  }

  const accept = (link: SocketLink): void => {
    agent = link;
    link.onMessage((input) => {
      const message = agentToInformationServer.parse(input);
      if (message.type === 'hello') {
        link.send({ type: 'welcome', protocol: protocolVersion, site, inbox: 'inbox' });
        reconsider();
      }
      if (message.type === 'offer') {
        offer = message;
        reconsider();
      }
      if (message.type === 'delivered') void delivered(message.digest);
    });
  };
  world.network.listen(process, address, { identity: informationServerIdentity(site), accept });
  launcher.proven();
  return { close: async () => undefined };
}
