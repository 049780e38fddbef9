/**
 * The user's own certificate for browsers, out of two files. Looked at before anything listens: a
 * key that is not of its certificate would be noticed by nobody but the first who comes.
 */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { readText } from '../files/read-text.ts';
import type { Shown } from './link-trust.ts';

const file = z.string().max(2_000).refine(isAbsolute, { message: 'an absolute path' }).optional();

/** In a section of settings.yaml; both, or neither. */
export const ownCertificateSettings = {
  /** PEM: the certificate that browsers are shown, then those between it and its authority. */
  consoleCertificate: file,
  /** PEM, without a passphrase. */
  consoleKey: file,
};

export type OwnCertificateFiles = {
  readonly consoleCertificate?: string | undefined;
  readonly consoleKey?: string | undefined;
};

/** null: none is set, and browsers are shown the organisation's. */
export async function readOwnCertificate(
  { consoleCertificate, consoleKey }: OwnCertificateFiles,
  now: number,
): Promise<Result<Shown | null>> {
  if (consoleCertificate === undefined && consoleKey === undefined) return ok(null);
  if (consoleCertificate === undefined) return refuse(unset('consoleCertificate'));
  if (consoleKey === undefined) return refuse(unset('consoleKey'));
  const chain = await readText(consoleCertificate);
  if (!chain.ok) return chain;
  const key = await readText(consoleKey);
  if (!key.ok) return key;
  const wrong = (name: string, detail: string) =>
    refuse(problem('FILE_UNREADABLE', { file: name, detail }));
  try {
    const certificate = new X509Certificate(chain.value);
    if (certificate.validToDate.getTime() < now) {
      return wrong(consoleCertificate, `it ended on ${certificate.validToDate.toISOString()}`);
    }
    if (!certificate.checkPrivateKey(createPrivateKey(key.value))) {
      return wrong(consoleKey, 'the key is not of that certificate');
    }
  } catch (error) {
    return wrong(consoleCertificate, error instanceof Error ? error.message : String(error));
  }
  return ok({ key: key.value, chain: chain.value });
}

function unset(option: string) {
  return problem('OPTION_ABSENT', { option });
}
