/** What a preflight found, said before anything begins: precautions, reasons, the refusal (R1, S4). */

import { problem, type Problem } from '#domain/problem.ts';
import type { PreflightView } from '#protocol/console/contract.ts';
import type { Context } from '../../command.ts';

export function sayPrecautions({ output, words }: Context, preflight: PreflightView): void {
  if (preflight.notAtomic === true) {
    output.talk(output.paint('warning', words.text('cli.upgrade.notAtomic')));
  }
  if (preflight.precautions.length === 0) return;
  output.talk(output.paint('strong', words.text('cli.upgrade.precautions')));
  for (const precaution of preflight.precautions) output.talk(`  - ${precaution}`);
}

export function sayReasons(
  { output, words }: Context,
  preflight: PreflightView,
  how: {
    readonly say: (text: string) => void;
    /** false: a deployment, where an option takes a reason upon oneself. */
    readonly hasPlan: boolean;
  },
): void {
  const { say, hasPlan } = how;
  for (const { because, accepted, goAheadPossible } of preflight.reasons) {
    const { sentence, remedy } = words.problem(because);
    const mark = accepted
      ? output.paint('warning', words.text('cli.upgrade.accepted'))
      : output.paint('bad', words.text('cli.no'));
    say(`${mark} ${sentence} ${output.paint('quiet', `(${because.code})`)}`);
    if (!accepted) say(`   ${words.text('cli.next')} ${remedy}`);
    if (!accepted && goAheadPossible && hasPlan) {
      say(`   ${words.text('cli.upgrade.goAheadPossible', { code: because.code })}`);
    }
  }
}

/** The only reason speaks for itself; of several, how many they are. */
export function refusalOf(preflight: PreflightView): Problem {
  const against = preflight.reasons.filter((reason) => !reason.accepted);
  const [only] = against;
  return against.length === 1 && only !== undefined
    ? only.because
    : problem('PREFLIGHT_FAILED', { count: against.length });
}
