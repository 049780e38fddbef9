/**
 * What the TUF client threw, as a problem that people can act on. The client wraps some of its
 * errors in text, so the text decides; test/contract/trust.ts pins every row against the client.
 */

import { problem, type Problem } from '#domain/problem.ts';

type Row = {
  readonly says: RegExp;
  readonly problem: (file: string, found: RegExpExecArray) => Problem;
};

const rows: readonly Row[] = [
  {
    says: /(?:^|[ :])(\S+\.json) is expired/,
    problem: (file, found) => problem('METADATA_EXPIRED', { file: found[1] ?? file }),
  },
  {
    says: /was signed by (\d+)\/(\d+) keys/,
    problem: (file, found) =>
      problem('METADATA_UNSIGNED', {
        file,
        signatures: Number(found[1]),
        threshold: Number(found[2]),
      }),
  },
  {
    says: /is less than current version|^Expected version|Missing file .* in new snapshot/,
    problem: (file) => problem('METADATA_OLDER', { file }),
  },
  {
    says: /Expected (?:hash|length)|does not match snapshot version|doesn't match timestamp|Missing .* in snapshot/,
    problem: (file) => problem('METADATA_MIXED', { file }),
  },
];

const detailCharactersMax = 300;

export function refusalOf(error: unknown, file: string): Problem {
  const text = error instanceof Error ? error.message : String(error);
  for (const row of rows) {
    const found = row.says.exec(text);
    if (found !== null) return row.problem(file, found);
  }
  return problem('METADATA_UNREADABLE', { file, detail: text.slice(0, detailCharactersMax) });
}
