import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { shareRuntime } from './runtime.ts';

const own = Buffer.alloc(2_500_000, 'the runtime of the launcher');

function rootWith(
  context: TestContext,
  theirs: Buffer | null,
): { own: string; theirs: string; share: () => string[] } {
  const root = mkdtempSync(join(tmpdir(), 'dankai-runtime-'));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const runtime = join(root, 'slots', 'new', 'tree', 'runtime');
  mkdirSync(join(root, 'launcher'));
  mkdirSync(runtime, { recursive: true });
  writeFileSync(join(root, 'launcher', 'node'), own, { mode: 0o755 });
  if (theirs !== null) writeFileSync(join(runtime, 'node'), theirs, { mode: 0o755 });
  const share = (): string[] => {
    const said: string[] = [];
    shareRuntime(root, 'new', (event) => said.push(event));
    return said;
  };
  return { own: join(root, 'launcher', 'node'), theirs: join(runtime, 'node'), share };
}

it('makes an equal runtime one file with the launcher’s, once', (t) => {
  const files = rootWith(t, own);
  assert.deepEqual([files.share(), files.share()], [[], []]);
  assert.equal(statSync(files.theirs).ino, statSync(files.own).ino);
  assert.equal(statSync(files.own).nlink, 2);
});

it('leaves alone what differs in its last byte or its mode, or is not there', (t) => {
  const other = Buffer.from(own);
  other[other.length - 1] = 0;
  const differing = rootWith(t, other);
  assert.deepEqual(differing.share(), []);
  assert.deepEqual(readFileSync(differing.theirs), other);
  const notExecutable = rootWith(t, own);
  chmodSync(notExecutable.theirs, 0o644);
  assert.deepEqual(notExecutable.share(), []);
  assert.equal(statSync(notExecutable.theirs).nlink, 1);
  assert.deepEqual(rootWith(t, null).share(), []);
});

it('a folder that refuses costs memory, not the switch', (t) => {
  const files = rootWith(t, own);
  mkdirSync(`${files.theirs}.part`);
  assert.deepEqual(files.share(), ['runtime-not-shared']);
  assert.deepEqual(readFileSync(files.theirs), own);
});
