/**
 * Asks a service of this computer how it is: by HTTP, or systemd about a unit. Read only, and from this
 * computer alone. Absent: how often it is asked, and what follows from a no.
 */

import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import type { AskHealth, CommandEnd, HealthQuestion } from '#ports/installer.ts';

const outputBytesMax = 64 * 1024;
const mebibyte = 1024 * 1024;

const no = (detail: string, timeout = false): CommandEnd => ({ ok: false, timeout, detail });

export const askHealth: AskHealth = (question) =>
  'http' in question ? askHttp(question) : askUnit(question);

/** Any answer of the kind 'yes' (2xx); what it says besides is not read. */
function askHttp({
  http,
  secondsMax,
}: Extract<HealthQuestion, { http: string }>): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(secondsMax * 1_000);
    // A service of this computer shows a certificate of its own making; nothing secret is sent.
    const sent = http.startsWith('https:')
      ? requestSecurely(http, { signal, agent: false, rejectUnauthorized: false })
      : request(http, { signal, agent: false });
    sent.on('response', (response) => {
      const status = response.statusCode ?? 0;
      response.destroy();
      resolve(status >= 200 && status < 300 ? { ok: true } : no(`${http}: status ${status}`));
    });
    sent.on('error', (error) => {
      if (signal.aborted) resolve(no(`${http}: no answer within ${secondsMax} s`, true));
      else resolve(no(`${http}: ${error.message}`));
    });
    sent.end();
  });
}

type UnitQuestion = Extract<HealthQuestion, { unit: string }>;

function askUnit(question: UnitQuestion): Promise<CommandEnd> {
  const { unit, secondsMax } = question;
  const properties = '--property=ActiveState,SubState,NRestarts,MemoryCurrent';
  return new Promise((resolve) => {
    execFile(
      'systemctl',
      ['show', unit, properties],
      { timeout: secondsMax * 1_000, maxBuffer: outputBytesMax, encoding: 'utf8' },
      (error, output) => {
        if (error === null) return resolve(verdictOn(question, output));
        const isLate = error.killed === true;
        resolve(no(isLate ? `${unit}: no answer within ${secondsMax} s` : error.message, isLate));
      },
    );
  });
}

function verdictOn({ unit, restartsMax, memoryMebibytesMax }: UnitQuestion, output: string) {
  const shown = new Map(
    output.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()] as const];
    }),
  );
  const state = shown.get('ActiveState') ?? 'unknown';
  if (state !== 'active') return no(`${unit} is ${state} (${shown.get('SubState') ?? 'unknown'})`);
  const restarts = Number(shown.get('NRestarts'));
  if (restartsMax !== undefined && !(restarts <= restartsMax)) {
    return no(`${unit} was started again ${shown.get('NRestarts') ?? '?'} times`);
  }
  // '[not set]' where systemd does not account for it: then the limit cannot be kept.
  const mebibytes = Number(shown.get('MemoryCurrent')) / mebibyte;
  if (memoryMebibytesMax !== undefined && !(mebibytes <= memoryMebibytesMax)) {
    const taken = Number.isNaN(mebibytes) ? 'an unknown amount' : `${Math.round(mebibytes)} MiB`;
    return no(`${unit} takes ${taken} of at most ${memoryMebibytesMax} MiB`);
  }
  return { ok: true } as const;
}
