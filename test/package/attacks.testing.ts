/**
 * The attacks of an archive on whoever unpacks it, by their names, with the code of the refusal:
 * for the code that unpacks, and for a whole server to which they are sent.
 */

import { zstdCompressSync } from 'node:zlib';
import { packTar, type TarEntry } from 'modern-tar';
import type { ProblemCode } from '#domain/problem.ts';
import {
  file,
  folder as at,
  link,
  packed,
  paxRecords,
  rawArchive,
  rawEntry,
} from './archive-for-tests.ts';

export type Attack = {
  readonly archive: () => Uint8Array | Promise<Uint8Array>;
  readonly code: ProblemCode;
  /** What was signed of it, where the attack is to be more than that. */
  readonly bytesMax?: number;
  readonly filesMax?: number;
};

const x = Buffer.from('x');

/** All of them for a name or a kind that no tree may hold. */
function unsafe<Name extends string>(
  entries: Readonly<Record<Name, readonly TarEntry[]>>,
): Readonly<Record<Name, Attack>> {
  const code = 'PACKAGE_PATH_UNSAFE' as const;
  const list = Object.entries<readonly TarEntry[]>(entries).map(([name, one]) => {
    return [name, { archive: () => packed(one), code }] as const;
  });
  return Object.fromEntries(list) as Record<Name, Attack>;
}

function raw(code: ProblemCode, ...entries: readonly Uint8Array[]): Attack {
  return { archive: () => rawArchive(entries), code };
}

const namesThatLeave = {
  ...unsafe({
    'a name with ..': [file('../outside')],
    'a name with .. behind a folder': [at('a'), file('a/../../outside')],
    'a name that is .. alone': [at('..')],
    'an absolute name': [file('/etc/outside')],
    'an absolute name of two slashes': [file('//etc/outside')],
    'a drive': [file('C:outside')],
    'a share of Windows': [file('\\\\server\\share')],
    'the other slash': [file('..\\outside')],
    'a name of nothing': [file('a//b')],
    'a control character': [file('a\nb')],
    'a NUL behind which the name goes on': [file('a', 'x', { pax: { path: 'a\0/../../outside' } })],
    'a name with .. that a pax header brings': [file('a', 'x', { pax: { path: '../../outside' } })],
  }),
  'a name with .. that a long name of GNU tar brings': raw(
    'PACKAGE_PATH_UNSAFE',
    rawEntry({ name: '././@LongLink', type: 'L', body: Buffer.from('../outside\0') }),
    rawEntry({ name: 'a', type: '0', body: x }),
  ),
  'a name with .. that a pax header for all entries brings': raw(
    'PACKAGE_PATH_UNSAFE',
    rawEntry({ name: 'g', type: 'g', body: paxRecords({ path: '../outside' }) }),
    rawEntry({ name: 'a', type: '0', body: x }),
  ),
};

const links = unsafe({
  'a symbolic link to an absolute path': [link('a', '/etc/passwd')],
  'a symbolic link out of the tree': [at('a'), link('a/b', '../../outside')],
  'a symbolic link out of the tree behind a name': [link('a', 'b/../../outside')],
  'a symbolic link to nothing': [link('a', '')],
  'a symbolic link out of the tree that a pax header brings': [
    { header: { ...link('a', 'b').header, pax: { linkpath: '../outside' } } },
  ],
  'a hard link out of the tree': [link('a', '../outside', 'link')],
  'a hard link within the tree': [file('a'), link('b', 'a', 'link')],
  'a link, then a file written through it': [at('real'), link('a', 'real'), file('a/b')],
  'a link to the folder itself, then a file through it': [link('a', '.'), file('a/b')],
  'a link, then a file in its place': [at('real'), link('a', 'real/b'), file('a')],
  'a link, then a folder in its place': [at('real'), link('a', 'real'), at('a'), file('a/b')],
});

const noFiles = unsafe({
  'a character device': [file('a', '', { type: 'character-device' })],
  'a block device': [file('a', '', { type: 'block-device' })],
  'a pipe': [file('a', '', { type: 'fifo' })],
});

const twins = unsafe({
  'names that differ by case alone': [file('readme'), file('README')],
  'folders that differ by case alone': [at('a'), at('A'), file('A/b')],
  'names that differ by a case that has two letters': [file('straße'), file('STRASSE')],
  'names that differ by a capital that is seldom written': [file('straße'), file('straẞe')],
  'Unicode twins: the writing of an accent': [file('caf\u00e9'), file('cafe\u0301')],
  'Unicode twins: a sign that is a letter': [file('\u212a'), file('k')],
  'Unicode twins: a letter that nobody sees': [file('ab'), file('a\u200bb')],
  'Unicode twins: a mark of direction': [file('ab'), file('a\u202eb')],
  'the name of a Windows device': [file('aux')],
  'the name of a Windows device with an ending': [at('a'), file('a/COM1.txt')],
  'the name of a Windows device with a blank before its ending': [file('nul .txt')],
  'the name of a Windows device with a raised number': [file('com\u00b9')],
  'a stream of another file, as Windows has them': [file('main'), file('main:b')],
  'a name that Windows would shorten': [file('a.')],
  'a name that Windows would shorten by a blank': [file('a ')],
});

const contradictions = unsafe({
  'the same file twice': [file('a'), file('a', 'y')],
  'the same folder twice': [at('a'), at('a')],
  'a file, then a folder of its name': [file('a'), at('a')],
  'a file in a file': [file('a'), file('a/b')],
  'a file in a folder that was not named': [file('a/b')],
});

const deep = (parts: number): TarEntry[] =>
  Array.from({ length: parts }, (_, index) =>
    at(
      Array(index + 1)
        .fill('d')
        .join('/'),
    ),
  );

const longNames = {
  ...unsafe({
    'a part of 256 bytes': [file('a'.repeat(256))],
    'a part of 256 bytes in few letters': [file('深'.repeat(86))],
    'a path of more than 1,000 bytes': [
      at('a'.repeat(250)),
      at(`${'a'.repeat(250)}/${'b'.repeat(250)}`),
      at(`${'a'.repeat(250)}/${'b'.repeat(250)}/${'c'.repeat(250)}`),
      file(`${'a'.repeat(250)}/${'b'.repeat(250)}/${'c'.repeat(250)}/${'d'.repeat(250)}`),
    ],
    'folders 65 deep': deep(65),
    'a link of more than 1,000 bytes': [link('a', Array(600).fill('b').join('/'))],
  }),
  'a name of 9 MB in a pax header': raw(
    'PACKAGE_UNREADABLE',
    rawEntry({ name: 'x', type: 'x', body: paxRecords({ path: 'a'.repeat(9_000_000) }) }),
    rawEntry({ name: 'a', type: '0', body: x }),
  ),
};

const eleven = (one: (name: string) => TarEntry) =>
  Array.from({ length: 11 }, (_, index) => one(`a${index}`));
const tooLarge = 'PACKAGE_TOO_LARGE' as const;

const tooMuch = {
  'more bytes than were signed': {
    archive: () => packed([file('a', 'x'.repeat(100))]),
    code: tooLarge,
    bytesMax: 99,
  },
  'more files than were signed': {
    archive: () => packed(eleven(file)),
    code: tooLarge,
    filesMax: 10,
  },
  'more folders than were signed': {
    archive: () => packed(eleven(at)),
    code: tooLarge,
    filesMax: 10,
  },
  'a compression bomb of a large file': {
    archive: () => packed([file('a', '\0'.repeat(5_000_000))]),
    code: tooLarge,
    bytesMax: 4_999_999,
  },
  'a compression bomb behind the end of the archive': {
    async archive() {
      const tar = await packTar([file('a')]);
      return zstdCompressSync(Buffer.concat([tar, Buffer.alloc(20_000_000)]));
    },
    code: tooLarge,
    bytesMax: 1,
    filesMax: 1,
  },
  'a compression bomb of headers, none of which is a file': {
    archive() {
      const header = rawEntry({ name: 'x', type: 'x', body: paxRecords({ comment: 'x' }) });
      return rawArchive(Array(20_000).fill(header));
    },
    code: tooLarge,
    bytesMax: 1,
    filesMax: 1,
  },
  'a window of 2 GB': {
    archive() {
      const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
      // No content size, a window of 2 GB, and one raw block of a byte.
      return Buffer.concat([magic, Buffer.from([0x00, 21 << 3, 0x09, 0x00, 0x00, 0x61])]);
    },
    code: 'PACKAGE_UNREADABLE',
  },
} satisfies Record<string, Attack>;

/** A sparse file says how large it would be; it is not blown up. */
const sparse = {
  'GNU.sparse.major': '1',
  'GNU.sparse.minor': '0',
  'GNU.sparse.name': '../outside',
  'GNU.sparse.realsize': '9000000000000',
};
const sparseMap = Buffer.from('1\n0\n1\n'.padEnd(512, '\0'));

const lies = {
  'a pax header that makes a file larger than its header says': raw(
    tooLarge,
    rawEntry({ name: 'x', type: 'x', body: paxRecords({ size: '9000000000' }) }),
    rawEntry({ name: 'a', type: '0', body: x }),
  ),
  'a pax header that makes a file end before the next header': raw(
    'PACKAGE_PATH_UNSAFE',
    rawEntry({ name: 'x', type: 'x', body: paxRecords({ size: '0' }) }),
    rawEntry({ name: 'a', type: '0', body: rawEntry({ name: '../outside', type: '0', body: x }) }),
  ),
  'a sparse file in the form of pax': raw(
    'PACKAGE_DIGEST_WRONG',
    rawEntry({ name: 'x', type: 'x', body: paxRecords(sparse) }),
    rawEntry({ name: 'GNUSparseFile.0', type: '0', body: Buffer.concat([sparseMap, x]) }),
  ),
  'a sparse file in the form of GNU tar': raw(
    'PACKAGE_DIGEST_WRONG',
    rawEntry({ name: 'a', type: 'S', body: x }),
  ),
};

const unreadable = 'PACKAGE_UNREADABLE' as const;

const broken = {
  'nothing at all': { archive: () => new Uint8Array(0), code: unreadable },
  'no archive at all': { archive: () => Buffer.from('no archive at all'), code: unreadable },
  'an archive that is not compressed': { archive: () => packTar([file('b')]), code: unreadable },
  'a header whose sum is wrong': {
    async archive() {
      return zstdCompressSync(Buffer.from(await packTar([file('b')])).fill(0xff, 100, 108));
    },
    code: unreadable,
  },
} satisfies Record<string, Attack>;

export const attacks = {
  'names that leave the folder': namesThatLeave,
  links,
  'what is no file': noFiles,
  'names that another disk takes for others': twins,
  'entries that contradict each other': contradictions,
  'long names and deep paths': longNames,
  'more than was signed': tooMuch,
  'sizes that lie': lies,
  'broken bytes': broken,
} as const satisfies Record<string, Readonly<Record<string, Attack>>>;
