/**
 * Who else knows the record: servers, which every lease tells its head, and a file elsewhere. What
 * they know is held against the chain here; a head that the chain has not is said once.
 *
 * Whoever can write this journal can also write its chain anew. That is why others know its heads:
 * they cannot say what was changed, but that something was.
 */

import { z } from 'zod';
import type { Instant, ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { ToldHead } from '#domain/record/line.ts';
import { judgeHead, type HeadVerdict } from '#domain/record/witness.ts';
import type { Rows } from '#ports/journal.ts';
import { cutNote, restoresOf } from './restores.ts';
import type { Site } from '../site.ts';

/** As it stands now, for whoever is to witness it. */
export async function toldHeadOf({ journal, name, epoch }: Site): Promise<ToldHead> {
  const { number, hash } = await journal.rows.log.recordHead();
  return { site: name, epoch, number, hash };
}

/** What was said of it already: one line for each number would be one for each server. */
const cutSchema = z.object({
  from: z.int(),
  to: z.int(),
  at: z.int(),
  server: z.string(),
  verdict: z.enum(['restored', 'cut']),
});
export type RecordCut = z.infer<typeof cutSchema>;

/** The latest that was said; null: every server knows what the chain has. */
export async function recordCut(rows: Rows): Promise<RecordCut | null> {
  const note = await rows.log.note(cutNote);
  return note === null || note === '' ? null : cutSchema.parse(JSON.parse(note));
}

/** A server says which head it was told last. What is new of that is a line and evidence. */
export async function hearHead(
  site: Site,
  rows: Rows,
  { server, head }: { readonly server: ServerId; readonly head: ToldHead },
): Promise<void> {
  // Of another site: it was moved here, and is that one's witness.
  if (head.site !== site.name) return;
  const verdict = await verdictOn(rows, head);
  if (verdict === 'kept') return;
  const before = await recordCut(rows);
  const { number: known } = head;
  if (before !== null && before.from <= known && known <= before.to) return;
  const at = site.clock.now();
  const from = Math.min(known, before?.from ?? known);
  const to = Math.max(known, before?.to ?? known);
  const isCut = verdict === 'cut' || before?.verdict === 'cut';
  const cut: RecordCut = { from, to, at, server, verdict: isCut ? 'cut' : 'restored' };
  await say(site, rows, { at, server, head, verdict });
  await rows.log.putNote(cutNote, JSON.stringify(cut));
}

async function verdictOn(rows: Rows, head: ToldHead): Promise<HeadVerdict> {
  const { number } = head;
  const [line] = number === 0 ? [] : await rows.log.record(number - 1, 1);
  const found = line?.number === number ? line.hash : null;
  if (found === head.hash) return 'kept';
  return judgeHead(head, found, await restoresOf(rows));
}

async function say(
  site: Site,
  rows: Rows,
  said: {
    readonly at: Instant;
    readonly server: ServerId;
    readonly head: ToldHead;
    readonly verdict: Exclude<HeadVerdict, 'kept'>;
  },
): Promise<void> {
  const { at, server, head, verdict } = said;
  const { number } = await rows.log.recordHead();
  const values = { server, known: head.number, number };
  const because =
    verdict === 'cut' ? problem('RECORD_CUT', values) : problem('RECORD_RESTORED', values);
  const text = JSON.stringify(head);
  const digest = site.digestOf(text);
  await rows.log.putEvidence({ digest, at, kind: 'record-cut', because, text });
  await rows.log.appendRecord({
    at,
    kind: 'record-cut',
    who: 'information-server',
    server,
    detail: { ...head, because: because.code, evidence: digest },
  });
}
