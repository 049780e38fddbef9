/** The live picture of the running upgrade: a line per server, redrawn on a terminal. */

import { styleText } from 'node:util';
import logUpdate from 'log-update';
import type { TreeServer, UpgradeView } from '#protocol/console/contract.ts';
import type { Words } from './words.ts';

const mebibyte = 1024 * 1024;
const barWidth = 20;

export type Picture = {
  readonly upgrade: UpgradeView | null;
  readonly servers: readonly (TreeServer & { readonly domain: string })[];
  readonly archiveBytes: number;
  readonly seconds: number;
};

export type Progress = { show(picture: Picture): void; say(line: string): void; end(): void };

export function openProgress(words: Words): Progress {
  const isLive = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  return isLive ? liveProgress(words) : plainProgress(words);
}

function liveProgress(words: Words): Progress {
  let last: Picture | null = null;
  return {
    show(picture) {
      last = picture;
      logUpdate(draw(picture, words));
    },
    say(line) {
      logUpdate.clear();
      process.stdout.write(`${line}\n`);
      if (last !== null) logUpdate(draw(last, words));
    },
    end: () => logUpdate.done(),
  };
}

/** Without a terminal: one line whenever a server's state changes. */
function plainProgress(words: Words): Progress {
  const seen = new Map<string, string>();
  return {
    show({ upgrade, servers, seconds, archiveBytes }) {
      if (upgrade !== null) {
        const phase = headline(upgrade, words);
        if (seen.get('') !== phase) process.stdout.write(`${clock(seconds)} ${phase}\n`);
        seen.set('', phase);
      }
      for (const server of servers) {
        const state = `${server.program ?? '-'} ${server.state}`;
        if (seen.get(server.server) === state) continue;
        seen.set(server.server, state);
        process.stdout.write(`${clock(seconds)} ${line(server, archiveBytes)}\n`);
      }
    },
    say: (text) => void process.stdout.write(`${text}\n`),
    end: () => undefined,
  };
}

function clock(seconds: number): string {
  return `${seconds.toFixed(0).padStart(4)} s`;
}

function headline(upgrade: UpgradeView, words: Words): string {
  const groups = upgrade.groups.map((group) => `${group.name} ${group.state}`).join(' · ');
  return `${words.phase[upgrade.state] ?? upgrade.state}   ${groups}`;
}

function draw({ upgrade, servers, archiveBytes, seconds }: Picture, words: Words): string {
  const head = upgrade === null ? '' : headline(upgrade, words);
  const lines = servers.map((server) => line(server, archiveBytes));
  return [`${clock(seconds)}  ${styleText('bold', head)}`, ...lines].join('\n');
}

const colourOf: Readonly<Record<string, 'green' | 'yellow' | 'red' | 'gray' | 'cyan'>> = {
  upgraded: 'green',
  staging: 'cyan',
  staged: 'cyan',
  leased: 'yellow',
  switching: 'yellow',
  proving: 'yellow',
  returned: 'red',
  vanished: 'red',
  absent: 'red',
};

function line(server: Picture['servers'][number], archiveBytes: number): string {
  const share = archiveBytes === 0 ? 0 : Math.min(server.bytesReceived / archiveBytes, 1);
  const filled = Math.round(share * barWidth);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
  const name = `${server.group ?? '-'} ${server.server}`.padEnd(12);
  const received = `${(server.bytesReceived / mebibyte).toFixed(1).padStart(6)} MiB`;
  const state = styleText(colourOf[server.state] ?? 'gray', server.state.padEnd(10));
  const session = server.session.state.padEnd(5);
  return `  ${name} ${(server.program ?? '-').padEnd(10)} ${state} ${session} ${bar} ${received}`;
}
