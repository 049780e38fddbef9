import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  brand,
  type ComponentName,
  type Digest,
  type DomainName,
  type Platform,
  type ServerId,
} from '../names.ts';
import { installedOf, type FleetServer, type Installed } from './server.ts';

const name = (text: string) => brand<ComponentName>(text);

function installed(component: string, version: string): Installed {
  return { component: name(component), version, digest: brand<Digest>('c'.repeat(64)) };
}

const running = { version: '5.80', digest: brand<Digest>('a'.repeat(64)) };

const server: FleetServer = {
  server: brand<ServerId>('a1'),
  installId: 'i',
  machineId: 'm',
  domain: brand<DomainName>('tokyo'),
  platform: brand<Platform>('linux-x64'),
  os: 'Linux',
  memoryBytes: 1,
  diskBytesFree: 1,
  running,
  // What it lists of its own program says less than the program that runs.
  programs: [installed('program', '5.70'), installed('scanner', '3')],
  contents: [installed('pattern', '880')],
  rebootRecommended: null,
  withInformationServer: false,
  lastSeen: 0,
  bytesReceived: {},
};

test('what a server runs of a component', () => {
  const of = (component: string) => installedOf(server, name(component), name('program'));
  assert.deepEqual(of('program'), { component: 'program', ...running });
  assert.equal(of('scanner')?.version, '3');
  assert.equal(of('pattern')?.version, '880');
  assert.equal(of('engine'), null);
});
