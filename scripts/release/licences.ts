/** The licences of the packages whose code went into a bundle, as one text. */

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const licenceFile = /^(licen[cs]e|copying|notice)(\.|-|$)/i;
const inPackage = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** `modules`: paths of the source files that the bundle was made of. */
export async function licencesOf(modules: readonly string[]): Promise<string> {
  const folders = new Set<string>();
  for (const path of modules) {
    const folder = inPackage.exec(path)?.[1];
    if (folder !== undefined) folders.add(folder);
  }
  const texts: string[] = [];
  for (const folder of [...folders].toSorted()) texts.push(await licenceOf(folder));
  const line = '-'.repeat(80);
  return ['The bundle of Dankai holds code of these packages.', ...texts].join(`\n\n${line}\n\n`);
}

async function licenceOf(folder: string): Promise<string> {
  const description: { name: string; version: string; license?: string } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  const names = (await readdir(folder)).filter((name) => licenceFile.test(name)).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const head = `${description.name} ${description.version} (${description.license ?? 'see below'})`;
  return [head, ...texts.map((text) => text.trim())].join('\n\n');
}
