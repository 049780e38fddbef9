/** How keys, signatures and what they change are drawn for people. */

import { formatTime } from '#words/format.ts';
import type {
  PublicKey,
  RepositoryState,
  SigningOutcome,
  StagedChange,
  StagedState,
} from '#ports/signing.ts';
import type { Context, Given } from '../../command.ts';
import { text } from '../../given.ts';
import { nothingThere, timeOrNothing } from '../../terminal/show.ts';

const idCharacters = 8;

/** `alice (3f2a91bc)` */
export function keyText({ name, keyId }: PublicKey): string {
  return `${name} (${keyId.slice(0, idCharacters)})`;
}

function namesText(keys: readonly PublicKey[]): string {
  return keys.length === 0 ? nothingThere : keys.map(keyText).join(', ');
}

/** Who may sign what, and how long what they signed holds. */
export function rolesTable({ output, words }: Context, state: RepositoryState): void {
  output.data(output.paint('strong', words.text('cli.signing.lane', { lane: state.lane })));
  const head = ['role', 'threshold', 'keys', 'version', 'expires'] as const;
  output.data(
    output.table(
      head.map((one) => words.text(`cli.column.${one}`)),
      state.roles.map(({ role, threshold, keys, version, expires }) => [
        role,
        String(threshold),
        namesText(keys),
        version === null ? words.text('cli.signing.online') : String(version),
        timeOrNothing(expires),
      ]),
    ),
  );
}

/** What a signer puts his name to, line by line. */
export function showChanges({ output, words }: Context, state: StagedState): void {
  for (const change of state.changes) {
    const tone = change.type === 'renewed' ? 'quiet' : 'strong';
    output.data(output.paint(tone, changeText({ words }, change)));
  }
  if (!state.isCompared) output.talk(output.paint('warning', words.text('cli.signing.uncompared')));
}

/**
 * What stands in a folder that others had in hand is shown as it is: nothing in it moves the cursor,
 * begins a line, or hides what stands before it.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\uFFFD');
}

export function changeText({ words }: Pick<Context, 'words'>, change: StagedChange): string {
  switch (change.type) {
    case 'signed':
      return words.text('cli.signing.change.signed', {
        target: printable(change.target),
        digest: printable(change.digest),
      });
    case 'withdrawn':
      return words.text('cli.signing.change.withdrawn', {
        target: printable(change.target),
        reason: printable(change.reason),
      });
    case 'removed':
      return words.text('cli.signing.change.removed', { target: printable(change.target) });
    case 'key-added':
      return words.text('cli.signing.change.keyAdded', {
        role: change.role,
        key: keyText(change.key),
      });
    case 'key-removed':
      return words.text('cli.signing.change.keyRemoved', {
        role: change.role,
        key: keyText(change.key),
      });
    case 'threshold':
      return words.text('cli.signing.change.threshold', {
        role: change.role,
        from: change.from,
        to: change.to,
      });
    case 'renewed':
      return words.text('cli.signing.change.renewed', {
        role: change.role,
        until: formatTime(change.expires),
      });
  }
}

export function showSignatures({ output, words }: Context, state: StagedState): void {
  const head = ['role', 'version', 'signedBy', 'missing', 'waitsFor'] as const;
  output.data(
    output.table(
      head.map((one) => words.text(`cli.column.${one}`)),
      state.roles.map(({ role, version, signedBy, signaturesMissing, waitsFor }) => [
        role,
        String(version),
        namesText(signedBy),
        String(signaturesMissing),
        namesText(waitsFor),
      ]),
    ),
  );
}

export function showOutcome(context: Context, outcome: SigningOutcome, given: Given): void {
  const { output, words } = context;
  const { lane, signedBy, staged, stagedFolder, files } = outcome;
  if (signedBy.length > 0) {
    output.talk(words.text('cli.signing.signedBy', { keys: namesText(signedBy) }));
  }
  if (staged !== null) {
    showChanges(context, staged);
    showSignatures(context, staged);
    const folder = text(given, 'organisationFolder') ?? '';
    output.talk(words.text('cli.signing.nextSigner', { stagedFolder, folder, lane }));
    return;
  }
  output.data(output.paint('good', words.text('cli.signing.published', { lane })));
  for (const file of files) output.data(words.text('cli.signing.written', { file }));
  const [first] = files;
  if (first === undefined) return;
  const next = lane === 'program' ? 'cli.signing.nextImport' : 'cli.signing.nextContent';
  output.talk(words.text(next, { file: first }));
}
