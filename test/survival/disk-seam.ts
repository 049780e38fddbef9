/**
 * The seam at which a real program's disk calls are recorded, failed or cut short by SIGKILL. Node's
 * own `fs` and `child_process` are what every part of the programs goes through, so they are wrapped
 * there, before the program is loaded (`--import`): no call can go round it, the shipped program has
 * no test code in it, and a new file that writes is seen without anyone thinking of it.
 *
 * Calls that Node makes out of many (a recursive removal, a copy) are made one by one here, because
 * a kill or a power cut falls between them too. Calls of one process follow one another: one of the
 * orders that it could have had anyway. What is counted begins when the test says so.
 */

import childProcess from 'node:child_process';
import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Call } from './disk-calls.testing.ts';
import { openSeam } from './disk-seam-control.ts';

/** As they were: what the seam itself uses. */
const real = { ...fs };
const promised = { ...fs.promises };
const seam = openSeam(real);

const text = (path: unknown): string =>
  path instanceof URL ? fileURLToPath(path) : resolve(String(path));
const isThere = (path: string): boolean =>
  real.lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function bytesOf(data: unknown, from: unknown = 0, length?: unknown): Buffer {
  const whole = ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(String(data));
  const first = typeof from === 'number' ? from : 0;
  return whole.subarray(first, typeof length === 'number' ? first + length : undefined);
}

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = fs.constants;
const flagsByName: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  'r+': O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  a: O_WRONLY | O_CREAT | O_APPEND,
  'a+': O_RDWR | O_CREAT | O_APPEND,
  ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
};

type Opening = Extract<Call, { op: 'open' }>;

function openingOf(path: string, flags: unknown = 'r', mode: unknown = 0o666): Opening {
  const bits = typeof flags === 'number' ? flags : flagsByName[String(flags)];
  if (bits === undefined) throw new Error(`the seam does not know the flags ${String(flags)}`);
  const has = (bit: number): boolean => (bits & bit) !== 0;
  const status = real.statSync(path, { throwIfNoEntry: false });
  const empties = status !== undefined && has(O_TRUNC) && !has(O_EXCL) && status.size > 0;
  const makes = status === undefined && has(O_CREAT) ? 'created' : empties ? 'emptied' : 'nothing';
  const umask = process.umask();
  const given = (typeof mode === 'number' ? mode : 0o666) & ~umask;
  return { op: 'open', file: seam.nextFile(), path, append: has(O_APPEND), makes, mode: given };
}

// -- open files --------------------------------------------------------------------------------

const byDescriptor = new Map<number, string>();
const byHandle = new WeakMap<FileHandle, string>();

function write(file: string, data: Buffer, at: unknown): Call {
  const place = typeof at === 'number' && at >= 0 ? at : null;
  return { op: 'write', file, at: place, data: data.toString('base64') };
}

fs.openSync = (path, flags, mode) => {
  if (!seam.watches(text(path))) return real.openSync(path, flags, mode);
  const call = openingOf(text(path), flags, mode);
  const descriptor = seam.now(call, () => real.openSync(path, flags, mode));
  byDescriptor.set(descriptor, call.file);
  return descriptor;
};
fs.closeSync = (descriptor) => {
  byDescriptor.delete(descriptor);
  real.closeSync(descriptor);
};
// One of many signatures; the rest of the arguments is handed on as it came.
fs.writeSync = ((descriptor: number, data: NodeJS.ArrayBufferView, ...rest: unknown[]) => {
  const act = (): number => Reflect.apply(real.writeSync, fs, [descriptor, data, ...rest]);
  const file = byDescriptor.get(descriptor);
  if (file === undefined) return act();
  const isText = typeof data === 'string';
  const call = isText
    ? write(file, bytesOf(data), rest[0])
    : write(file, bytesOf(data, rest[0], rest[1]), rest[2]);
  return seam.now(call, act);
}) as typeof fs.writeSync;
fs.fsyncSync = (descriptor) => {
  const file = byDescriptor.get(descriptor);
  const act = (): void => real.fsyncSync(descriptor);
  return file === undefined ? act() : seam.now({ op: 'sync', file }, act);
};
fs.ftruncateSync = (descriptor, length) => {
  const file = byDescriptor.get(descriptor);
  const act = (): void => real.ftruncateSync(descriptor, length);
  if (file === undefined) return act();
  return seam.now({ op: 'truncate', file, bytes: length ?? 0 }, act);
};

fs.promises.open = async (path, flags, mode) => {
  if (!seam.watches(text(path))) return promised.open(path, flags, mode);
  const call = openingOf(text(path), flags, mode);
  const handle = await seam.soon(call, () => promised.open(path, flags, mode));
  byHandle.set(handle, call.file);
  return handle;
};

const some = await promised.open('/dev/null');
const handles = Object.getPrototypeOf(some) as FileHandle;
await some.close();
const { write: writeOf, writeFile: writeFileOf, sync: syncOf } = handles;
const { truncate: truncateOf, chmod: chmodOf } = handles;

/** Whatever a handle of ours does becomes that call. */
function handled<Arguments extends unknown[], Value>(
  method: (...given: Arguments) => Promise<Value>,
  callOf: (file: string, given: Arguments, handle: FileHandle) => Call,
) {
  return function (this: FileHandle, ...given: Arguments): Promise<Value> {
    const file = byHandle.get(this);
    const act = (): Promise<Value> => Reflect.apply(method, this, given);
    return file === undefined ? act() : seam.soon(callOf(file, given, this), act);
  };
}
Object.assign(handles, {
  write: handled(writeOf as (...given: unknown[]) => Promise<unknown>, (file, given) =>
    write(file, bytesOf(given[0], given[1], given[2]), given[3]),
  ),
  writeFile: handled(writeFileOf as (...given: unknown[]) => Promise<unknown>, (file, [data]) =>
    write(file, bytesOf(data), null),
  ),
  sync: handled(syncOf, (file) => ({ op: 'sync', file })),
  datasync: handled(syncOf, (file) => ({ op: 'sync', file })),
  truncate: handled(truncateOf, (file, [bytes]) => ({ op: 'truncate', file, bytes: bytes ?? 0 })),
  chmod: handled(chmodOf, (_file, [mode], handle) => {
    const path = real.readlinkSync(`/proc/self/fd/${handle.fd}`);
    return { op: 'chmod', path, mode: Number(mode) };
  }),
});

// -- names -------------------------------------------------------------------------------------

/** A call on a path, in both of Node's manners. */
function wrap<Name extends 'rename' | 'link' | 'symlink' | 'unlink' | 'rmdir' | 'chmod'>(
  name: Name,
  callOf: (first: unknown, second: unknown) => Call,
): void {
  const touched = (given: readonly unknown[]): string =>
    text(name === 'symlink' ? given[1] : given[0]);
  const nowOf = real[`${name}Sync`] as (...given: unknown[]) => void;
  const soonOf = promised[name] as (...given: unknown[]) => Promise<void>;
  const now = (...given: unknown[]): void => {
    if (!seam.watches(touched(given))) return nowOf(...given);
    return seam.now(callOf(given[0], given[1]), () => nowOf(...given));
  };
  const soon = (...given: unknown[]): Promise<void> => {
    if (!seam.watches(touched(given))) return soonOf(...given);
    return seam.soon(callOf(given[0], given[1]), () => soonOf(...given));
  };
  Object.assign(fs, { [`${name}Sync`]: now });
  Object.assign(fs.promises, { [name]: soon });
}
wrap('rename', (from, to) => ({ op: 'rename', from: text(from), to: text(to) }));
wrap('link', (from, to) => ({ op: 'link', from: text(from), to: text(to) }));
wrap('symlink', (target, path) => ({ op: 'symlink', target: String(target), path: text(path) }));
wrap('unlink', (path) => ({ op: 'unlink', path: text(path) }));
wrap('rmdir', (path) => ({ op: 'rmdir', path: text(path) }));
wrap('chmod', (path, mode) => ({ op: 'chmod', path: text(path), mode: Number(mode) }));

/** The folders that are missing, the outermost first. */
function missing(path: string): string[] {
  const found: string[] = [];
  for (let one = path; !isThere(one); one = dirname(one)) found.unshift(one);
  return found;
}

type MakeOptions = { readonly recursive?: boolean; readonly mode?: number } | undefined;
const modeOf = (options: MakeOptions): number => (options?.mode ?? 0o777) & ~process.umask();

fs.mkdirSync = ((path: string, options?: MakeOptions) => {
  if (!seam.watches(text(path))) return real.mkdirSync(path, options);
  const all = options?.recursive === true ? missing(text(path)) : [text(path)];
  const mode = modeOf(options);
  for (const one of all) {
    seam.now({ op: 'mkdir', path: one, mode }, () => real.mkdirSync(one, { mode }));
  }
  return options?.recursive === true ? all[0] : undefined;
}) as typeof fs.mkdirSync;
fs.promises.mkdir = (async (path: string, options?: MakeOptions) => {
  if (!seam.watches(text(path))) return promised.mkdir(path, options);
  const all = options?.recursive === true ? missing(text(path)) : [text(path)];
  const mode = modeOf(options);
  for (const one of all) {
    await seam.soon({ op: 'mkdir', path: one, mode }, () => promised.mkdir(one, { mode }));
  }
  return options?.recursive === true ? all[0] : undefined;
}) as typeof fs.promises.mkdir;

/** What is inside first. */
function inRemovalOrder(path: string): Extract<Call, { op: 'unlink' | 'rmdir' }>[] {
  const status = real.lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return [];
  if (!status.isDirectory()) return [{ op: 'unlink', path }];
  const inside = real.readdirSync(path).flatMap((name) => inRemovalOrder(join(path, name)));
  return [...inside, { op: 'rmdir', path }];
}
const removed = ({ op, path }: { readonly op: 'unlink' | 'rmdir'; readonly path: string }): void =>
  op === 'unlink' ? real.unlinkSync(path) : real.rmdirSync(path);

fs.rmSync = (path, options) => {
  if (!seam.watches(text(path))) return real.rmSync(path, options);
  for (const call of inRemovalOrder(text(path))) seam.now(call, () => removed(call));
};
fs.promises.rm = async (path, options) => {
  if (!seam.watches(text(path))) return promised.rm(path, options);
  for (const call of inRemovalOrder(text(path))) {
    await seam.soon(call, () => Promise.resolve(removed(call)));
  }
};

// -- whole files -------------------------------------------------------------------------------

fs.writeFileSync = (path, data) => {
  if (typeof path === 'number' || !seam.watches(text(path))) return real.writeFileSync(path, data);
  const descriptor = fs.openSync(text(path), 'w');
  try {
    if (bytesOf(data).length > 0) fs.writeSync(descriptor, bytesOf(data));
  } finally {
    fs.closeSync(descriptor);
  }
};
fs.copyFileSync = (from, to) => {
  if (!seam.watches(text(to))) return real.copyFileSync(from, to);
  fs.writeFileSync(to, real.readFileSync(from));
};
fs.truncateSync = (path, length) => {
  const descriptor = fs.openSync(String(path), 'r+');
  try {
    fs.ftruncateSync(descriptor, length);
  } finally {
    fs.closeSync(descriptor);
  }
};
fs.promises.copyFile = async (from, to) => {
  if (!seam.watches(text(to))) return promised.copyFile(from, to);
  const handle = await fs.promises.open(String(to), 'w', real.statSync(from).mode & 0o7777);
  try {
    const content = real.readFileSync(from);
    if (content.length > 0) await handle.writeFile(content);
  } finally {
    await handle.close();
  }
};

// -- processes ---------------------------------------------------------------------------------

const { spawn } = childProcess;
childProcess.spawn = ((program: string, ...rest: unknown[]) => {
  const act = (): unknown => Reflect.apply(spawn, childProcess, [program, ...rest]);
  if (!seam.watches(`${process.env['DANKAI_SEAM_ROOT']}/`)) return act();
  return seam.now({ op: 'spawn', program: String(program) }, act);
}) as typeof spawn;
const killOf = childProcess.ChildProcess.prototype.kill;
childProcess.ChildProcess.prototype.kill = function (signal) {
  const act = (): boolean => Reflect.apply(killOf, this, [signal]);
  if (!seam.watches(`${process.env['DANKAI_SEAM_ROOT']}/`)) return act();
  return seam.now({ op: 'signal', signal: String(signal ?? 'SIGTERM') }, act);
};

// -- what the seam does not know ----------------------------------------------------------------

for (const name of ['createWriteStream', 'writeFile', 'appendFile', 'rename', 'unlink'] as const) {
  const before = real[name] as (...given: unknown[]) => unknown;
  const guarded = (...given: unknown[]): unknown => {
    if (seam.watches(text(given[0]))) throw new Error(`the seam does not know fs.${name}`);
    return before(...given);
  };
  Object.assign(fs, { [name]: guarded });
}
for (const name of ['writeFile', 'appendFile', 'truncate', 'cp'] as const) {
  const before = promised[name] as (...given: unknown[]) => Promise<unknown>;
  const guarded = (...given: unknown[]): Promise<unknown> => {
    if (seam.watches(text(given[0]))) throw new Error(`the seam does not know promises.${name}`);
    return before(...given);
  };
  Object.assign(fs.promises, { [name]: guarded });
}
syncBuiltinESMExports();
