/**
 * Freezes the bundle of today's sources as the old release of the demo (docs/decisions/0012), and
 * writes its digest where the demo's test holds it: `npm run freeze -- --version 5.70.1000`.
 */

import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { digestOfTree } from '#adapters/release/package-archive.ts';
import { bundle } from './bundle.ts';

const checkout = join(import.meta.dirname, '..', '..');
const testOfDemo = join(checkout, 'test', 'end-to-end', 'demo.test.ts');
const frozenDigest = /(const frozenDigest = ')[0-9a-f]{64}(')/;

const { values } = parseArgs({ options: { version: { type: 'string', default: '5.70.1000' } } });
const folder = join(checkout, 'releases', values.version);
await rm(folder, { recursive: true, force: true });
await cp(await bundle(), folder, { recursive: true });
const { treeDigest } = await digestOfTree(folder);
const text = await readFile(testOfDemo, 'utf8');
if (!frozenDigest.test(text)) throw new Error(`${testOfDemo} holds no digest`);
await writeFile(testOfDemo, text.replace(frozenDigest, `$1${treeDigest}$2`));
process.stdout.write(`${values.version} ${treeDigest}\n`);
