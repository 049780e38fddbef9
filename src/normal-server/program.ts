/**
 * A normal server without any adapter: everything that decides or orders, so that main.ts and a
 * simulation run the same program. Absent: where its computer keeps things, and how it dials.
 */

import type { Release } from '#domain/catalogue/release.ts';
import { brand, type ComponentName } from '#domain/names.ts';
import { keepHead } from '#domain/record/witness.ts';
import { ok, type Result } from '#domain/result.ts';
import { firstWord } from '#ports/first-word.ts';
import type { SocketLink } from '#ports/link.ts';
import { openCare } from './care.ts';
import { againstRulesHere } from './component-rules-here.ts';
import { openDiskBudget } from './disk-budget.ts';
import { helloOf, inventoryNow, runningHere, stateAtStart } from './installed-here.ts';
import { kindsOf, type Kinds } from './kinds.ts';
import { startLoop, type Loop } from './loop.ts';
import { openMemory, type Memory } from './memory.ts';
import { isProving, openSwitches } from './open-switches.ts';
import { learnOfOwn } from './own-release.ts';
import type { ProgramWorld } from './program-world.ts';
import type { StagingWorld } from './staging.ts';
import { trustedBy } from './trusted.ts';

export type Program = {
  /** A connection to the information server stands. */
  readonly opened: (link: SocketLink) => void;
  /** See the welcome: servers of a large site come back one after another. */
  spreadMilliseconds(): number;
  /** Goes on with what an earlier process left open, and tells the launcher that it works. */
  begin(): void;
  /** Made once by this installation. */
  readonly installId: string;
  close(): Promise<void>;
};

export async function openProgram(world: ProgramWorld): Promise<Result<Program>> {
  const { clock, launcher, log, slot } = world;
  await firstWord(launcher, clock);
  const self = slot.release?.manifest.component ?? brand<ComponentName>('program');
  const memory = await openMemory(world.memory, { installId: world.newInstallId(), log });
  if (!memory.ok) return memory;
  const kinds = kindsHere(world, self, memory.value);
  // Its data is a copy of its own: if this version returns, so does what it notes here.
  if (isProving(world) && slot.release?.manifest.rebootRecommended === true) {
    await afterInstall(world, self, slot.release);
  }
  const open = await openSwitches(world, kinds, memory.value.now().asked);
  const loop = await openLoop(world, { self, memory: memory.value, kinds });
  return ok({
    opened: loop.opened,
    spreadMilliseconds: () => loop.spreadMilliseconds(),
    installId: memory.value.now().installId,
    begin() {
      loop.resume(open).catch((error: unknown) => {
        clock.after(0, () => {
          throw error;
        });
      });
      launcher?.healthy();
    },
    close: () => loop.close(),
  });
}

function kindsHere(world: ProgramWorld, selfName: ComponentName, memory: Memory): Kinds {
  const { slots, launcher, clock, run, awaitCommand, askHealth } = world;
  return kindsOf({
    selfName,
    self: { slots, launcher, clock, keep: (asked) => memory.save({ asked }) },
    versions: (component) => {
      const [folders, intents] = [world.programs.of(component), world.intentsOf(component)];
      return { component, folders, intents, run, awaitCommand, askHealth, clock };
    },
    content: (component) => world.contents.of(component),
    engine: (component) => {
      const used = world.engineOf?.(component) ?? null;
      if (used === null) return null;
      const { engine, intents } = used;
      const folders = world.contents.of(component);
      return { component, folders, intents, run, awaitCommand, askHealth, clock, engine };
    },
  });
}

async function afterInstall(
  world: ProgramWorld,
  self: ComponentName,
  release: Release,
): Promise<void> {
  const { reboot, launcher, settings } = world;
  const { component, version, rebootRecommended } = release.manifest;
  if (rebootRecommended) await reboot.set(`${component} ${version}`);
  const tracks = launcher?.state();
  // On the information server's computer the slots are that program's to tidy.
  if (component !== self || !tracks || settings.withInformationServer) return;
  const used = Object.values(tracks).flatMap(({ slot, previous }) => [slot, previous ?? slot]);
  await world.removeUnusedSlots(used);
}

async function openLoop(
  world: ProgramWorld,
  parts: { readonly self: ComponentName; readonly memory: Memory; readonly kinds: Kinds },
): Promise<Loop> {
  const { self, memory, kinds } = parts;
  const { clock, chance, log, slot, settings, inventory, packages, downloads } = world;
  const { installerOf, find } = kinds;
  const againstTrust = trustedBy(world, (component) => runningHere(world, component));
  const staging: StagingWorld = {
    server: settings.server,
    platform: inventory.platform,
    memoryBytes: inventory.memoryBytes,
    packages,
    downloads,
    disk: openDiskBudget({ server: settings.server, bytesFree: () => world.diskBytesFree() }),
    readManifest: world.readManifest,
    installerOf,
    find,
    deltaRefused({ component, version }, because) {
      log.warn({ event: 'delta-refused', component, version, because }, because.code);
    },
    against: async (release) =>
      (await againstTrust(release)) ?? (await againstRulesHere(world, release)),
  };
  const loop: Parameters<typeof startLoop>[0] = {
    clock,
    chance,
    log,
    staging,
    received: memory.now().received,
    installerOf,
    // What a restart would forget was never obeyed.
    hello: () => helloOf(world, memory.onDisk()),
    inventory: () => inventoryNow(world),
    learn: () => learnOfOwn(world),
    identity: () => slot.prove(),
    care: openCare(world.care),
    heads: () => memory.now().heads,
    witness: (head) => void memory.save({ heads: keepHead(memory.now().heads, head) }),
    noticed: async (texts) => {
      const taken = await world.notices?.take(texts, 'information-server');
      if (taken?.ok !== false) return;
      const { because } = taken;
      log.warn({ event: because.code, because }, because.code);
    },
    welcomed() {
      launcher?.proven();
      launcher?.session('accepted');
    },
    left: () => launcher?.session('away'),
    async remember({ fence, returns }, received) {
      const saved = await memory.save({ fence, returns, received });
      return saved.ok ? null : saved.because;
    },
    installed: (release) => afterInstall(world, self, release),
  };
  const { launcher } = world;
  return startLoop(loop, await stateAtStart(world, self, memory.now()));
}
