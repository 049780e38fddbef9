/**
 * The limits that the code keeps are those that docs/operating/limits says, in both languages: nobody
 * raises one in silence, and none is without its place there.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { consoleLimits, edgeLimits, limits, type EdgeLimits } from '#adapters/link/limits.ts';
import { loginBytesMax } from '#adapters/listener/listener-people.ts';
import { attemptLimits } from '#domain/people/attempts.ts';
import { failureLimits } from '#information-server/enrolment/failures.ts';
import { messageBytesMax as agentBytesMax } from '#protocol/control-manager/messages.ts';
import { messageBytesMax } from '#protocol/normal-server/messages.ts';
import { enrolBytesMax } from '#protocol/shared/organisation.ts';
import { rowsOf } from './markdown.ts';

type Numbers = readonly (number | string)[];

const seconds = (milliseconds: number): number => milliseconds / 1_000;
const kibibytes = (bytes: number): string => `${bytes / 1024} KiB`;
const mebibytes = (bytes: number): string => `${bytes / 1024 ** 2} MiB`;
const rate = ({ perSecond, burst }: EdgeLimits['requests']): Numbers => [perSecond, burst];

/** What a line about each must say, in the order of the line; for links, and for people. */
const edge: Record<keyof EdgeLimits, (of: EdgeLimits) => Numbers> = {
  headersMax: ({ headersMax }) => [headersMax],
  headerBytesMax: ({ headerBytesMax }) => [kibibytes(headerBytesMax)],
  headersMs: ({ headersMs }) => [seconds(headersMs)],
  handshakeMs: ({ handshakeMs }) => [seconds(handshakeMs)],
  connectionsMax: ({ connectionsMax }) => [connectionsMax],
  connectionsPerPeerMax: ({ connectionsPerPeerMax }) => [connectionsPerPeerMax],
  strangersMax: ({ strangersMax }) => [strangersMax],
  strangerMs: ({ strangerMs }) => [seconds(strangerMs)],
  connectionsPerAddressMax: ({ connectionsPerAddressMax: max }) => [max],
  handshakes: ({ handshakes }) => rate(handshakes),
  requests: ({ requests }) => rate(requests),
  strangerRequests: ({ strangerRequests }) => rate(strangerRequests),
  namesMax: ({ namesMax }) => [namesMax],
  messages: ({ messages }) => rate(messages),
  bytesPerMessage: ({ bytesPerMessage }) => [kibibytes(bytesPerMessage)],
};

const of = (limit: keyof EdgeLimits, ground: EdgeLimits = edgeLimits): Numbers =>
  edge[limit](ground);

/** Each line of the page by its place, and the values that its cells must show. */
const lines: readonly { readonly line: number; readonly cells: readonly Numbers[] }[] = [
  { line: 0, cells: [of('connectionsMax'), of('connectionsMax', consoleLimits)] },
  { line: 1, cells: [of('handshakes'), of('handshakes', consoleLimits)] },
  {
    line: 2,
    cells: [
      [],
      of('connectionsPerAddressMax', consoleLimits),
      [429, 2 * consoleLimits.connectionsPerAddressMax],
    ],
  },
  { line: 3, cells: [of('handshakeMs'), of('handshakeMs', consoleLimits)] },
  { line: 4, cells: [[...of('headersMax'), ...of('headerBytesMax'), ...of('headersMs')]] },
  { line: 5, cells: [[mebibytes(limits.callBytesMax), seconds(limits.bodyMs)]] },
  { line: 6, cells: [[kibibytes(enrolBytesMax)], [kibibytes(loginBytesMax)]] },
  { line: 7, cells: [of('strangerRequests')] },
  {
    line: 8,
    cells: [
      [failureLimits.failuresMax, seconds(failureLimits.windowMs)],
      [attemptLimits.failuresPerAddressMax, attemptLimits.windowMs / 60_000],
    ],
  },
  { line: 9, cells: [of('connectionsPerPeerMax')] },
  { line: 10, cells: [of('requests')] },
  { line: 11, cells: [[...of('messages'), ...of('bytesPerMessage')]] },
  { line: 12, cells: [[kibibytes(messageBytesMax), mebibytes(agentBytesMax)]] },
  { line: 13, cells: [[seconds(limits.firstMessageMs)]] },
];

/** Of prose, not of a table. */
const prose: readonly Numbers[] = [
  [...of('strangersMax'), ...of('strangerMs')],
  of('namesMax'),
  [limits.viewersMax],
  [limits.mirroredMax],
];

/** Where links and people have the same, the page says so once. */
const onceSaid = ['headersMax', 'headerBytesMax', 'headersMs', 'strangerRequests'] as const;

const numbersOf = (text: string): string[] =>
  (text.replace(/`[^`]*`/g, '').match(/\d[\d,]*(?: [KM]iB)?/g) ?? []).map((one) =>
    one.replaceAll(',', ''),
  );

for (const page of ['limits.md', 'limits.ja.md']) {
  test(`${page} says the limits that are kept, each of them and no other`, () => {
    const text = readFileSync(`docs/operating/${page}`, 'utf8');
    const rows = rowsOf(text);
    assert.equal(rows.length, lines.length);
    for (const { line, cells } of lines) {
      const row = rows[line] ?? [];
      cells.forEach((values, at) => {
        assert.deepEqual(numbersOf(row[at + 1] ?? ''), values.map(String), row.join(' | '));
      });
    }
    const said = numbersOf(text.replaceAll(/^\|.*$/gm, ''));
    for (const values of prose) {
      for (const value of values) assert.ok(said.includes(String(value)), `${value} is said`);
    }
    for (const name of onceSaid) assert.deepEqual(edgeLimits[name], consoleLimits[name]);
  });
}

test('the pages about people say how often a password may be wrong', () => {
  for (const page of ['people.md', 'people.ja.md']) {
    const said = numbersOf(readFileSync(`docs/operating/${page}`, 'utf8'));
    const { failuresPerAddressMax, failuresPerAccountMax, windowMs } = attemptLimits;
    for (const value of [failuresPerAddressMax, failuresPerAccountMax, windowMs / 60_000]) {
      assert.ok(said.includes(String(value)), `${page}: ${value}`);
    }
  }
});
