/** How versions, lists and drift are drawn for people. Data only goes in, text comes out. */

import type { DriftView } from '#protocol/console/contract.ts';
import { formatTime } from '#words/format.ts';
import type { Tone, Voice } from '../command.ts';

export const nothingThere = '–';

export function timeOrNothing(instant: number | null): string {
  return instant === null ? nothingThere : formatTime(instant);
}

type Versioned = { readonly component: string; readonly version: string };

export function versionsLine(components: readonly Versioned[]): string {
  if (components.length === 0) return nothingThere;
  return components.map(({ component, version }) => `${component} ${version}`).join(', ');
}

const tones: Readonly<Record<string, Tone>> = {
  upgraded: 'good',
  passed: 'good',
  finished: 'good',
  new: 'good',
  running: 'good',
  active: 'good',
  returned: 'bad',
  vanished: 'bad',
  failed: 'bad',
  stopped: 'bad',
  abnormal: 'bad',
  held: 'warning',
  absent: 'warning',
  paused: 'warning',
  inconclusive: 'warning',
  none: 'warning',
  inactive: 'warning',
  idle: 'quiet',
  waiting: 'quiet',
};

export function stateText({ words, output }: Voice, state: string): string {
  const word = words.term('state', state);
  const tone = tones[state];
  return tone === undefined ? word : output.paint(tone, word);
}

/** As `server.ini` writes it: the section, then what is expected and what was found. */
export function driftText({ words, output }: Voice, drift: DriftView): string {
  if (drift.clean) return output.paint('good', words.text('cli.catalogue.clean'));
  const lines: string[] = [];
  let section: string | null = null;
  const found = words.text('cli.catalogue.found');
  const expected = words.text('cli.catalogue.expected');
  const absent = words.text('cli.catalogue.absent');
  const line = (field: string, value: string | null): string =>
    value === null ? `; ${field}: ${absent}` : `${field}=${value}`;
  for (const field of drift.fields) {
    if (field.section !== section) {
      if (section !== null) lines.push('');
      lines.push(`[${field.section}]`);
      section = field.section;
    }
    lines.push(output.paint('good', `${line(field.field, field.expected)}    ; ${expected}`));
    lines.push(output.paint('bad', `${line(field.field, field.found)}    ; ${found}`));
  }
  if (drift.packages.length > 0) lines.push('', `; ${words.text('cli.catalogue.packages')}`);
  for (const one of drift.packages) {
    lines.push(one.path);
    lines.push(output.paint('good', `;   ${expected}: ${one.expected}`));
    lines.push(output.paint('bad', `;   ${found}: ${one.found ?? absent}`));
  }
  return lines.join('\n').trim();
}
