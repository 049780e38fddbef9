/**
 * Notices of the organisation's root in ROOT/trust, where every program of this computer reads
 * them: looked at again and again, so that what one of them took all of them know. A file that
 * cannot be believed is never taken over; at a start it is refused, because whoever began without it
 * would believe those who were taken back.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { againstNotice, noticeKinds, type Notice, type NoticeKind } from '#domain/trust/notices.ts';
import type { Clock } from '#ports/clock.ts';
import type { Notices, NoticeTaken, NoticeTexts } from '#ports/notices.ts';
import { errorCode, makeFolder, writeFileAtomically } from '../files/atomic-file.ts';
import type { Refusals } from './certificate-chain.ts';
import { noticeFiles } from './notice-files.ts';
import { readOrganisation } from './trust-files.ts';

const lookMilliseconds = 10_000;

export type KeptNotices = Notices & Refusals & { close(): void };

type Known = { readonly notice: Notice; readonly text: string };

export async function openNotices(
  root: string,
  { clock, log }: { readonly clock: Pick<Clock, 'after'>; readonly log: Logger },
): Promise<Result<KeptNotices>> {
  const known = new Map<NoticeKind, Known>();
  const acts = new Set<(taken: NoticeTaken) => void>();
  let refused: ReadonlySet<string> = new Set();
  let said = '';

  function put(one: Known, from: string): void {
    const { notice } = one;
    known.set(notice.kind, one);
    refused = new Set(notice.authorities);
    log.info({ event: 'notice-taken', kind: notice.kind, number: notice.number, from }, 'notice');
    for (const act of acts) act({ notice, from });
  }

  /** null: it is the one that stands. */
  async function judge(kind: NoticeKind, text: string): Promise<Result<Known | null>> {
    const before = known.get(kind) ?? null;
    if (before?.text === text) return ok(null);
    const read = await readNotice(root, kind, text);
    if (!read.ok) return read;
    const against = againstNotice(before?.notice ?? null, read.value);
    if (against !== null) return refuse(against);
    const isNews = before === null || before.notice.number < read.value.number;
    return ok(isNews ? { notice: read.value, text } : null);
  }

  /** What another program of this computer took, or a person put there. */
  async function look(): Promise<Problem | null> {
    let because: Problem | null = null;
    for (const kind of noticeKinds) {
      const text = await readFile(fileOf(root, kind), 'utf8').catch(nothingThere);
      if (text === null) continue;
      const judged = await judge(kind, text);
      if (!judged.ok) because ??= judged.because;
      else if (judged.value !== null) put(judged.value, 'disk');
    }
    return because;
  }

  async function take(texts: NoticeTexts, from: string): Promise<Result<readonly Notice[]>> {
    await look();
    const taken: Notice[] = [];
    let because: Problem | null = null;
    for (const kind of noticeKinds) {
      const text = texts[kind];
      if (text === undefined) continue;
      const judged = await judge(kind, text);
      if (!judged.ok) because ??= judged.because;
      if (!judged.ok || judged.value === null) continue;
      await makeFolder(join(root, 'trust'));
      const written = await writeFileAtomically(fileOf(root, kind), text);
      if (!written.ok) return written;
      put(judged.value, from);
      taken.push(judged.value.notice);
    }
    return because === null ? ok(taken) : refuse(because);
  }

  /** One after the other: each compares with what the one before it left. */
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    const done = turn.then(act);
    turn = done.catch(() => undefined);
    return done;
  }

  let cancel = (): void => undefined;
  let isClosed = false;
  function lookLater(): void {
    if (isClosed) return;
    cancel = clock.after(lookMilliseconds, () => {
      void inTurn(look).then((because) => {
        const code = because?.code ?? '';
        if (because !== null && said !== code) log.error({ event: code, because }, code);
        said = code;
        lookLater();
      });
    });
  }

  const first = await look();
  if (first !== null) return refuse(first);
  lookLater();
  return ok({
    texts: () => Object.fromEntries([...known].map(([kind, { text }]) => [kind, text])),
    take: (texts, from) => inTurn(() => take(texts, from)),
    isRefused: (authority) => refused.has(authority),
    onTaken(act) {
      acts.add(act);
      return () => acts.delete(act);
    },
    close() {
      isClosed = true;
      cancel();
    },
  });
}

const fileOf = (root: string, kind: NoticeKind): string => join(root, 'trust', noticeFiles[kind]);

function nothingThere(error: unknown): null {
  if (errorCode(error) === 'ENOENT') return null;
  throw error;
}

/** The library that reads them is loaded when there is one. */
async function readNotice(root: string, _kind: NoticeKind, text: string): Promise<Result<Notice>> {
  const organisation = await readOrganisation(root);
  if (!organisation.ok) return organisation;
  const { readRefusedAuthorities } = await import('./refused-authorities.ts');
  return readRefusedAuthorities(text, organisation.value.organisation.authority);
}
