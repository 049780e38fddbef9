/** What stands installed on this computer, as a session begins with it and a start goes on from. */

import { isAtomic, type Release } from '#domain/catalogue/release.ts';
import type { ComponentName, Digest } from '#domain/names.ts';
import type { LaneTrust } from '#ports/trust.ts';
import { metadataVersion, timestampName } from '#protocol/shared/metadata-version.ts';
import type { ComponentFolders } from '#ports/installer.ts';
import {
  protocolVersion,
  type Hello,
  type InventoryNow,
} from '#protocol/normal-server/messages.ts';
import type { Memory } from './memory.ts';
import { ownUnsigned } from './own-release.ts';
import type { ProgramWorld } from './program-world.ts';
import { initialState, type State } from './state.ts';

type Installed = {
  readonly programs: readonly Release[];
  readonly contents: readonly Release[];
};

async function installedHere({ slot, programs, contents }: ProgramWorld): Promise<Installed> {
  const trees = await currentReleases(programs);
  return {
    programs: [...(slot.release === null ? [] : [slot.release]), ...trees],
    contents: await currentReleases(contents),
  };
}

/** What of this component runs here, or is current. */
export async function runningHere(
  { slot, programs }: Pick<ProgramWorld, 'slot' | 'programs'>,
  component: ComponentName,
): Promise<Release | null> {
  if (slot.release?.manifest.component === component) return slot.release;
  const folders = programs.of(component);
  const name = await folders.current();
  return name === null ? null : folders.release(name);
}

async function currentReleases(components: ComponentFolders): Promise<readonly Release[]> {
  const found: Release[] = [];
  for (const component of await components.names()) {
    const folders = components.of(component);
    const name = await folders.current();
    const release = name === null ? null : await folders.release(name);
    if (release !== null) found.push(release);
  }
  return found;
}

export async function helloOf(
  world: ProgramWorld,
  known: Pick<ReturnType<Memory['onDisk']>, 'installId' | 'fence' | 'heads'>,
): Promise<Hello> {
  const { settings, inventory } = world;
  const { programs, contents } = await installedHere(world);
  return {
    type: 'hello',
    protocol: protocolVersion,
    server: settings.server,
    installId: known.installId,
    machineId: inventory.machineId,
    platform: inventory.platform,
    os: inventory.os,
    domain: settings.domain,
    memoryBytes: inventory.memoryBytes,
    diskBytesFree: await world.diskBytesFree(),
    answersInventory: true,
    ...(world.care !== undefined && { answersCare: true }),
    hearsNotices: true,
    running: await world.slot.prove(),
    programs: programs.map(toldOf),
    contents: contents.map(toldOf),
    rebootRecommended: await world.reboot.read(),
    withInformationServer: settings.withInformationServer,
    fence: known.fence,
    head: known.heads.at(-1),
    ...(await trustedHere(world)),
    unsigned: await ownUnsigned(world),
    launcherFailed: world.launcherFailed?.(),
  };
}

/** Nothing is said where nothing is signed, or no organisation is known yet. */
async function trustedHere(world: Pick<ProgramWorld, 'trust'>): Promise<Pick<Hello, 'trusted'>> {
  const trust = await world.trust();
  if (!trust.ok || trust.value === null) return {};
  const { program, content } = trust.value;
  const versionOf = async (lane: LaneTrust) => metadataVersion(await lane.file(timestampName));
  return { trusted: { program: await versionOf(program), content: await versionOf(content) } };
}

export async function inventoryNow(world: ProgramWorld): Promise<InventoryNow> {
  return {
    type: 'inventory',
    diskBytesFree: await world.diskBytesFree(),
    rebootRecommended: await world.reboot.read(),
    unsigned: await ownUnsigned(world),
  };
}

function toldOf({ digest, manifest }: Release): Hello['programs'][number] {
  const { component, version } = manifest;
  return { component, version, digest, ...(!isAtomic(manifest) && { notAtomic: true }) };
}

export async function stateAtStart(
  world: ProgramWorld,
  self: ComponentName,
  { fence, returns }: ReturnType<Memory['now']>,
): Promise<State> {
  const { withInformationServer, jitterSeconds } = world.settings;
  const { programs, contents } = await installedHere(world);
  const installed = new Map<ComponentName, Digest>(
    [...programs, ...contents].map(({ digest, manifest }) => [manifest.component, digest]),
  );
  const jitterMilliseconds = jitterSeconds * 1_000;
  return initialState({
    standing: { self, withInformationServer, jitterMilliseconds },
    fence,
    installed,
    returns,
  });
}
