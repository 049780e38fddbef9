/** Texts that people, vendors and older systems write: catalogues, plans, settings. */

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig as readAgent } from '#control-manager-agent/config.ts';
import { readConfig as readControlManager } from '#control-manager/config.ts';
import { readOwnSettings } from '#information-server/config.ts';
import { readConfig as readNormalServer } from '#normal-server/config.ts';
import { readDescribedPlan, readPlan } from '#adapters/plan/plan-file.ts';
import { readTreeCommands } from '#adapters/release/release-file-build.ts';
import { decodeCatalogue, encodeCatalogue } from '#adapters/share/text-cp932.ts';
import { checkCatalogue, compareCatalogues, readCatalogue } from '#domain/catalogue/drift.ts';
import { restoreCatalogue } from '#domain/catalogue/restore.ts';
import { editServerIni } from '#domain/catalogue/server-ini-edit.ts';
import { parseServerIni } from '#domain/catalogue/server-ini.ts';
import { contentFilesOf } from '#domain/delivery/content-files.ts';
import { brand, type DomainName, type ServerId } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import { profileDefault, shippedProfile } from '#profiles/shipped.ts';
import { bytesOf, expectAnswer, textOf, type Target } from './target.ts';

const fixtures = new URL('../../test/fixtures/server-ini/', import.meta.url);

async function catalogues(): Promise<Uint8Array[]> {
  const names = ['clean.ini', 'clean-crlf.ini', 'clean-blank-lines.ini', 'drifted.ini'];
  return Promise.all(names.map((name) => readFile(new URL(name, fixtures))));
}

const iniWords = ['[', ']', '\r\n', '\n[P.4]\n', 'Version=', '=', ';', 'Path=', 'Size=', ',', '\t'];

async function serverIni(): Promise<Target> {
  const samples = await catalogues();
  const baseline = textOf(samples[0] ?? new Uint8Array());
  const profile = shippedProfile(profileDefault);
  const read = readCatalogue(baseline);
  assert.ok(profile.ok && read.ok);
  const watched = profile.value.sections.map(({ section }) => ({
    section,
    ordering: profile.value.ordering,
  }));
  return {
    name: 'server-ini',
    form: 'text',
    samples,
    words: iniWords,
    check(input) {
      const text = textOf(input);
      expectAnswer(parseServerIni(text), (ini) => {
        assert.equal(ini.text, text, 'every byte is kept');
        expectAnswer(contentFilesOf(ini));
        expectAnswer(editServerIni(ini, []), (edited) => assert.equal(edited, text));
      });
      const question = { profile: profile.value, expect: '5.80', baseline: null };
      expectAnswer(checkCatalogue(text, question));
      expectAnswer(readCatalogue(text), (found) => {
        const drifted = compareCatalogues(found, read.value, watched);
        expectAnswer(restoreCatalogue(text, baseline, drifted), (restored) => {
          expectAnswer(parseServerIni(restored.text), (ini) => assert.ok(ini.headers.length > 0));
        });
      });
    },
  };
}

async function catalogueBytes(): Promise<Target> {
  const japanese = Buffer.from('[P.4]\r\nName=\x93\xfa\x96\x7b\x8c\xea\r\n', 'latin1');
  return {
    name: 'catalogue-bytes',
    form: 'bytes',
    samples: [...(await catalogues()), japanese],
    async check(input) {
      const decoded = await decodeCatalogue(Buffer.from(input));
      expectAnswer(decoded);
      if (!decoded.ok) return;
      const again = await encodeCatalogue(decoded.value.text, decoded.value.encoding);
      assert.ok(again.ok && again.value.equals(Buffer.from(input)), 'every byte comes back');
    },
  };
}

const plan = `format: 1
name: to 5.80
release: { component: program, version: 5.80.1179 }
timeZone: Asia/Tokyo
acknowledgePrecautions: true
inFlightMax: 5
groups:
  - name: A
    servers: [a1, a2]
    days: [2026-12-01]
    window: { from: "22:00", to: "04:00" }
    gate: { percentMin: 90, sampleMin: 1, soak: 30m }
  - name: B
    domains: [osaka]
    notBefore: 2026-12-02T22:00
`;
const planWords = [
  '- ',
  ': ',
  '\n  ',
  '&a ',
  '*a',
  '!!binary ',
  '<<: ',
  '|\n',
  '? ',
  '{',
  '[',
  '#',
];
const now = Date.parse('2026-11-22T03:00:00Z');
const fleet = ['a1:tokyo', 'a2:tokyo', 'b1:osaka'].map((pair) => {
  const [server = '', domain = ''] = pair.split(':');
  return { server: brand<ServerId>(server), domain: brand<DomainName>(domain) };
});

function planFile(): Target {
  return {
    name: 'plan',
    form: 'text',
    samples: [bytesOf(plan)],
    words: planWords,
    check(input) {
      const text = textOf(input);
      expectAnswer(readPlan(text, 'plan.yaml', { now, fleet, release: () => null }));
      expectAnswer(readDescribedPlan(text, 'plan.yaml', { now, servers: 100, sizes: null }));
    },
  };
}

const settings = `informationServer:
  site: tokyo
  listen: { host: 127.0.0.1, port: 0 }
  console: { host: 127.0.0.1, port: 0 }
  updateSource: /srv/updates
  updateSchedule: '15 3 * * mon'
normalServer:
  server: a1
  domain: tokyo
  informationServer: { host: 127.0.0.1, port: 4100 }
controlManagerAgent:
  site: tokyo
  informationServer: { host: 127.0.0.1, port: 4100 }
  controlManager: { host: 127.0.0.1, port: 4200 }
controlManager:
  listen: { host: 127.0.0.1, port: 0 }
  console: { host: 127.0.0.1, port: 0 }
  feed: /srv/feed
`;

async function inFolder(
  prefix: string,
): Promise<{ readonly folder: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), `dankai-fuzz-${prefix}-`));
  return { folder, close: () => rm(folder, { recursive: true, force: true }) };
}

async function settingsFile(): Promise<Target> {
  const { folder, close } = await inFolder('settings');
  const readers: readonly ((root: string) => Promise<Result<unknown>>)[] = [
    readOwnSettings,
    readNormalServer,
    readAgent,
    (root) => readControlManager(root, '1.0'),
  ];
  return {
    name: 'settings',
    form: 'text',
    samples: [bytesOf(settings)],
    words: planWords,
    async check(input) {
      await writeFile(join(folder, 'settings.yaml'), input);
      for (const read of readers) expectAnswer(await read(folder));
    },
    close,
  };
}

const commands = `stop: { argv: [bin/stop], secondsMax: 30 }
start: { argv: [bin/start, --now], secondsMax: 30 }
health: { argv: [bin/health], secondsMax: 5, times: 3, intervalSeconds: 2 }
`;

async function treeCommands(): Promise<Target> {
  const { folder, close } = await inFolder('commands');
  return {
    name: 'tree-commands',
    form: 'text',
    samples: [bytesOf(commands), bytesOf('a: &a [x]\nb: &b [*a, *a]\n')],
    words: planWords,
    async check(input) {
      const file = join(folder, 'commands.yaml');
      await writeFile(file, input);
      expectAnswer(await readTreeCommands(file));
    },
    close,
  };
}

export async function textTargets(): Promise<readonly Target[]> {
  return [
    await serverIni(),
    await catalogueBytes(),
    planFile(),
    await settingsFile(),
    await treeCommands(),
  ];
}
