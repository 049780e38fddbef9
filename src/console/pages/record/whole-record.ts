/** The whole record, page by page: to verify it here, in the browser, and to hand it out as a file. */

import type { ServerId } from '#domain/names.ts';
import type { RecordLine, ToldHead } from '#domain/record/line.ts';
import { RecordVerifier, type Verification } from '#domain/record/verify.ts';
import { ok, type Result } from '#domain/result.ts';
import { exportedText, foundLine, headerText } from '#protocol/record/export.ts';
import { callSite } from '../../data/call.ts';
import { digestOf } from './sha-256.ts';

const pageLines = 1_000;

/** How far it is: lines read, of how many. */
export type Progress = (lines: number, all: number) => void;

export type Verified = {
  readonly verification: Verification;
  /** Servers that said what they know; null: none were asked. */
  readonly witnesses: number | null;
};

export async function verifyRecord(asked: {
  readonly witnesses: boolean;
  readonly progress: Progress;
}): Promise<Result<Verified>> {
  const heads: ToldHead[] = [];
  let witnesses: number | null = null;
  if (asked.witnesses) {
    const said = await callSite('record.witnesses', {});
    if (!said.ok) return said;
    witnesses = said.value.witnesses.length;
    heads.push(...said.value.witnesses.flatMap((one) => one.heads));
  }
  const shown = await callSite('record.show', {});
  if (!shown.ok) return shown;
  const { genesis, head } = shown.value;
  const site: ServerId | null = null;
  const verifier = new RecordVerifier(genesis, { digestOf, site, heads });
  const read = await eachLine(head.number, asked.progress, (line) =>
    verifier.take(foundLine(line)),
  );
  return read.ok ? ok({ verification: verifier.end(head), witnesses }) : read;
}

/** As `dankai audit export` writes it: whoever gets it can verify it without us. */
export async function exportRecord(
  progress: Progress,
): Promise<Result<{ readonly name: string; readonly text: string }>> {
  const shown = await callSite('record.show', {});
  if (!shown.ok) return shown;
  const { genesis, head } = shown.value;
  const lines = [headerText(genesis, head)];
  const read = await eachLine(head.number, progress, (line) => lines.push(exportedText(line)));
  return read.ok ? ok({ name: `${genesis.site}.record`, text: `${lines.join('\n')}\n` }) : read;
}

async function eachLine(
  until: number,
  progress: Progress,
  take: (line: RecordLine) => void,
): Promise<Result<null>> {
  for (let after = 0; after < until;) {
    const page = await callSite('record.list', { after, limit: pageLines });
    if (!page.ok) return page;
    const lines = page.value.lines.filter(({ number }) => number <= until);
    for (const line of lines) take(line);
    // Lines may be missing at the end: whoever verifies says so.
    if (lines.length < pageLines) break;
    after = lines.at(-1)?.number ?? until;
    progress(after, until);
  }
  progress(until, until);
  return ok(null);
}
