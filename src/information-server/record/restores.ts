/** Which older journals were put back here: a head of a life before one of them may be gone. */

import { z } from 'zod';
import type { RestoreLine } from '#domain/record/witness.ts';
import type { Rows } from '#ports/journal.ts';

/** What was said of heads that the chain has not; a restore explains what was missed until then. */
export const cutNote = 'record-cut';
const restoresNote = 'record-restores';

/** Not empty: upgrades of an older journal stand as they stood, and nobody looked at them yet. */
export const unsettledNote = 'restored-unsettled';

/** What the last restore was, for people. */
export const lastRestoreNote = 'restored-last';

const lastRestore = z.object({
  at: z.int(),
  backup: z.int().optional(),
  revocationsAt: z.int().nullish(),
});

export async function lastRestoreOf(rows: Rows) {
  const note = (await rows.log.note(lastRestoreNote)) ?? '';
  if (note === '') return null;
  const { at, backup = null, revocationsAt = null } = lastRestore.parse(JSON.parse(note));
  return { at, backup, revocationsAt };
}

export async function isUnsettled(rows: Rows): Promise<boolean> {
  return ((await rows.log.note(unsettledNote)) ?? '') !== '';
}

export async function settle(rows: Rows): Promise<void> {
  await rows.log.putNote(unsettledNote, '');
}

const restoresSchema = z.array(z.object({ number: z.int(), epoch: z.int() }));
/** More backups than that are not put back in the life of a journal. */
const restoresMax = 1_000;

export async function restoresOf(rows: Rows): Promise<readonly RestoreLine[]> {
  const note = await rows.log.note(restoresNote);
  return note === null ? [] : restoresSchema.parse(JSON.parse(note));
}

/** In the transaction that says so in the record; what was cut before it is explained with it. */
export async function noteRestore(rows: Rows, restore: RestoreLine): Promise<void> {
  const restores = [...(await restoresOf(rows)), restore].slice(-restoresMax);
  await rows.log.putNote(restoresNote, JSON.stringify(restores));
  await rows.log.putNote(cutNote, '');
}

/**
 * The life after a restore heard of a higher epoch: where a clock went back, what was lost had
 * numbered its lives higher than this one. The restore explains them too.
 */
export async function raiseRestore(
  rows: Rows,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const restores = await restoresOf(rows);
  if (!restores.some(({ epoch }) => epoch === from)) return;
  const raised = restores.map((one) => (one.epoch === from ? { ...one, epoch: to } : one));
  await rows.log.putNote(restoresNote, JSON.stringify(raised));
}
