/** Content with an engine, ended after each of its effects and taken up again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release } from '#domain/catalogue/release.ts';
import { brand, type ComponentName } from '#domain/names.ts';
import type { CommandEnd } from '#ports/installer.ts';
import type { EngineWorld } from './engine-content.ts';
import { openSwitch } from './switch-intents.ts';
import { resume, versionsInstaller } from './versioned-program.ts';

class Killed extends Error {}

const no: CommandEnd = { ok: false, timeout: false, detail: 'no' };
const releaseOf = (version: string) =>
  ({ digest: version, manifest: { kind: 'content', version } }) as unknown as Release;

type Fault = 'none' | 'try' | 'use' | 'watch';

/** A computer on which version 1 stands and the engine works with it. */
class Computer {
  current: string | null = '1';
  /** What the engine works with. */
  taken: string | null = '1';
  readonly lines: object[] = [];
  readonly fault: Fault;
  effectsLeft = Infinity;

  constructor(fault: Fault) {
    this.fault = fault;
  }

  #effect<Value>(act: () => Value): Promise<Value> {
    if (this.effectsLeft === 0) return Promise.reject(new Killed());
    this.effectsLeft -= 1;
    return Promise.resolve(act());
  }

  world(): EngineWorld {
    const says = (fault: Fault): CommandEnd =>
      this.fault === fault && (fault === 'try' || this.taken === '2') ? no : { ok: true };
    return {
      component: brand<ComponentName>('pattern'),
      clock: {
        now: () => 0,
        // Whoever is ended does not wait for a better disk.
        after: (_: number, act: () => void) => {
          if (this.effectsLeft === 0) throw new Killed();
          act();
        },
      },
      intents: {
        read: () => this.lines,
        append: (line: object) => {
          if (this.effectsLeft === 0) throw new Killed();
          this.effectsLeft -= 1;
          this.lines.push(line);
        },
        rewrite: () => undefined,
      },
      folders: {
        nameOf: ({ manifest }: Release) => manifest.version,
        current: async () => this.current,
        release: async (name: string) => releaseOf(name),
        tree: (name: string) => name,
        list: async () => ['1', '2'],
        keepOnly: async () => undefined,
        point: (name: string | null) =>
          this.#effect(() => {
            this.current = name;
            return { ok: true, value: null };
          }),
      },
      engine: {
        times: 2,
        intervalSeconds: 1,
        tries: () => this.#effect(() => says('try')),
        takes: () =>
          this.#effect(() => {
            this.taken = this.current;
            return says('use');
          }),
        isWell: () => this.#effect(() => says('watch')),
      },
    } as unknown as EngineWorld;
  }
}

async function unlessKilled(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return false;
  } catch (error) {
    assert(error instanceof Killed);
    return true;
  }
}

for (const [fault, expected] of [
  ['none', '2'],
  ['try', '1'],
  ['use', '1'],
  ['watch', '1'],
] as const) {
  test(`content with an engine, its fault ${fault}: killed after any effect it ends at ${expected}, and the engine works with it`, async () => {
    let kills = 0;
    for (let effects = 0; ; effects++) {
      const computer = new Computer(fault);
      computer.effectsLeft = effects;
      const world = computer.world();
      const installer = versionsInstaller(() => world);
      const isKilled = await unlessKilled(
        installer.switchTo(releaseOf('2'), null, () => undefined),
      );
      computer.effectsLeft = Infinity;
      const open = await resume(world);
      await open?.finish(() => undefined);
      assert.equal(openSwitch(computer.lines), null, `after ${effects} effects`);
      // Ended before its first line, nothing was begun: it is wanted, and begins again.
      if (isKilled && effects === 0) assert.equal(computer.current, '1');
      else assert.equal(computer.current, expected, `after ${effects} effects`);
      assert.equal(computer.taken, computer.current, `after ${effects} effects`);
      if (!isKilled) break;
      kills += 1;
    }
    assert(kills >= 3);
  });
}

test('content that was withdrawn while it was tried is not used', async () => {
  const computer = new Computer('none');
  const world = computer.world();
  const installer = versionsInstaller(() => world);
  const [release, proving] = [releaseOf('2'), (): void => undefined];
  const end = await installer.switchTo(release, null, proving, () => false);
  assert.equal(end.end === 'failed' && end.because.code, 'DIGEST_NOT_WANTED');
  assert.deepEqual([computer.current, computer.taken], ['1', '1']);
  assert.equal(openSwitch(computer.lines), null);
  assert.equal((await installer.switchTo(release, null, proving, () => true)).end, 'installed');
});
