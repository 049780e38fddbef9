/**
 * Content on its way through rings, content taken back, and what passes a hold: both tiers answer
 * the same four.
 */

import { problem } from '#domain/problem.ts';
import { ok } from '#domain/result.ts';
import type { ResultOf, InformationServerTable } from '#protocol/console/contract.ts';
import type { RingCountsView, RolloutView } from '#protocol/console/ring-calls.ts';
import { componentName, ringName } from '#protocol/shared/primitives.ts';
import { answered, refused, type Command, type Context, type Given } from '../../command.ts';
import { argument, parsed, text } from '../../given.ts';
import { nothingThere, stateText, timeOrNothing, versionsLine } from '../../terminal/show.ts';

const columns = [
  'ring',
  'state',
  'since',
  'given',
  'healthy',
  'vanished',
  'failed',
  'gate',
] as const;

function failedText({ words }: Context, { failedBy }: RingCountsView): string {
  const causes = Object.entries(failedBy).filter(([, count]) => count > 0);
  if (causes.length === 0) return '0';
  return causes.map(([cause, count]) => `${count} ${words.term('cause', cause)}`).join(', ');
}

function gateText({ words }: Context, gate: RolloutView['rings'][number]['gate']): string {
  return gate === null ? nothingThere : words.text('cli.rings.gate', gate);
}

function showRollout(context: Context, rollout: RolloutView): void {
  const { output, words } = context;
  const { plan, before } = rollout;
  output.data(
    words.text('cli.rings.head', {
      rollout: rollout.rollout,
      contents: versionsLine(rollout.contents),
      state: stateText(context, rollout.state),
      before: versionsLine(before),
      plan: plan ?? nothingThere,
    }),
  );
  output.data(
    output.table(
      columns.map((one) => words.text(`cli.column.${one}`)),
      rollout.rings.map(({ ring, state, since, counts, gate }) => [
        ring,
        stateText(context, state),
        timeOrNothing(since),
        String(counts.given),
        String(counts.healthy),
        String(counts.vanished),
        failedText(context, counts),
        gateText(context, gate),
      ]),
    ),
  );
  for (const { because } of rollout.rings) {
    if (because === null) continue;
    const { sentence, remedy } = words.problem(because);
    output.data(output.paint('warning', sentence));
    output.talk(`${words.text('cli.next')} ${remedy}`);
  }
  for (const { server, cause, detail } of rollout.failed) {
    output.data(`${server}: ${words.term('cause', cause)}${detail === null ? '' : `: ${detail}`}`);
  }
}

function show(
  context: Context,
  { rollouts, withdrawn }: ResultOf<InformationServerTable, 'content.rings'>,
): void {
  const { output, words } = context;
  if (rollouts.length === 0) output.data(words.text('cli.rings.none'));
  for (const rollout of rollouts) showRollout(context, rollout);
  for (const { component, version, reason } of withdrawn) {
    const because = problem('CONTENT_WITHDRAWN', { component, version, reason });
    output.data(output.paint('bad', words.problem(because).sentence));
  }
}

export const listRings: Command = async (context) => {
  const tier = await context.tier();
  if (!tier.ok) return refused(context, tier.because);
  const answer =
    tier.value === 'control-manager'
      ? await context.controlManager.call('content.rings', {})
      : await context.informationServer.call('content.rings', {});
  return answered(context, answer, (rings) => show(context, rings));
};

export const passRing: Command = async (context, given) => {
  const ring = parsed(ringName, argument(given, 1), { option: 'RING', expected: 'name' });
  if (!ring.ok) return refused(context, ring.because);
  const asked = { rollout: argument(given, 0), ring: ring.value };
  const tier = await context.tier();
  if (!tier.ok) return refused(context, tier.because);
  const answer =
    tier.value === 'control-manager'
      ? await context.controlManager.call('content.pass', asked)
      : await context.informationServer.call('content.pass', asked);
  return answered(context, answer, () =>
    context.output.talk(context.words.text('cli.rings.passed', { ring: ring.value })),
  );
};

function versionAndReason(given: Given) {
  const component = parsed(componentName, argument(given, 0), {
    option: 'COMPONENT',
    expected: 'name',
  });
  if (!component.ok) return component;
  const [version, reason] = [argument(given, 1), text(given, 'reason') ?? ''];
  return ok({ component: component.value, version, reason });
}

export const withdrawContent: Command = async (context, given) => {
  const asked = versionAndReason(given);
  if (!asked.ok) return refused(context, asked.because);
  const tier = await context.tier();
  if (!tier.ok) return refused(context, tier.because);
  const answer =
    tier.value === 'control-manager'
      ? await context.controlManager.call('content.withdraw', asked.value)
      : await context.informationServer.call('content.withdraw', asked.value);
  return answered(context, answer, () =>
    context.output.talk(context.words.text('cli.rings.withdrawn', asked.value)),
  );
};

export const admitContent: Command = async (context, given) => {
  const asked = versionAndReason(given);
  if (!asked.ok) return refused(context, asked.because);
  const tier = await context.tier();
  if (!tier.ok) return refused(context, tier.because);
  const answer =
    tier.value === 'control-manager'
      ? await context.controlManager.call('content.admit', asked.value)
      : await context.informationServer.call('content.admit', asked.value);
  return answered(context, answer, () =>
    context.output.talk(context.words.text('cli.rings.admitted', asked.value)),
  );
};
