/** How the light servers of the benches greet: all alike but for what is given. */

import { digestOfBytes } from '#adapters/files/digest.ts';
import { brand, type DomainName, type Platform, type ServerId } from '#domain/names.ts';
import { protocolVersion, type Hello } from '#protocol/normal-server/messages.ts';

export function helloOf(server: ServerId, more: Pick<Hello, 'contents' | 'fence' | 'turn'>): Hello {
  return {
    type: 'hello',
    protocol: protocolVersion,
    server,
    installId: `install-${server}`,
    machineId: `machine-${server}`,
    platform: brand<Platform>('linux-x64'),
    os: 'Linux 6.1',
    domain: brand<DomainName>('tokyo'),
    memoryBytes: 8e9,
    diskBytesFree: 5e10,
    running: {
      digest: digestOfBytes('program'),
      version: '5.80.1179',
      proof: [],
      pid: 1,
      startedAt: 1,
    },
    programs: [],
    rebootRecommended: null,
    answersInventory: true,
    ...more,
  };
}
