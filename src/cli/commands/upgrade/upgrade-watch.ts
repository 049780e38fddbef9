/**
 * Draws an upgrade as it goes, and ends with it, or when it pauses and waits for a person: 0 when
 * it finished, 1 otherwise.
 */

import type { UpgradeView } from '#protocol/console/contract.ts';
import { upgradeId } from '#protocol/shared/primitives.ts';
import { formatBytes } from '#words/format.ts';
import { exitStatuses, refused, type Context } from '../../command.ts';
import { stateText, timeOrNothing } from '../../terminal/show.ts';

export const watchLimits = {
  /** Between two looks. */
  pauseMs: 1_000,
  /** The information server is away while it upgrades itself; so many looks may fail in a row. */
  silentLooksMax: 300,
} as const;

export function upgradeText(context: Context, upgrade: UpgradeView): string {
  const { output, words } = context;
  const lines = [
    words.text('cli.upgrade.head', {
      upgrade: upgrade.upgrade,
      component: upgrade.component,
      version: upgrade.version,
      state: stateText(context, upgrade.state),
    }),
  ];
  if (upgrade.because !== null) {
    const { sentence, remedy } = words.problem(upgrade.because);
    lines.push(`  ${output.paint('warning', sentence)}`, `  ${words.text('cli.next')} ${remedy}`);
  }
  const head = ['group', 'state', 'from', 'counts', 'gate'] as const;
  lines.push(
    output.table(
      head.map((one) => words.text(`cli.column.${one}`)),
      upgrade.groups.map((group) => [
        group.name,
        stateText(context, group.state),
        timeOrNothing(group.from),
        Object.entries(group.counts)
          .filter(([, count]) => count > 0)
          .map(([state, count]) => `${count} ${words.term('state', state)}`)
          .join(', '),
        `${group.gate.healthy}/${group.gate.leased} (${group.gate.percentMin} %)`,
      ]),
    ),
  );
  for (const { because, name } of upgrade.groups) {
    if (because !== null) lines.push(`  ${name}: ${words.problem(because).sentence}`);
  }
  lines.push(
    words.text('cli.upgrade.foot', {
      bytes: formatBytes(upgrade.bytesReceived),
      inFlight: upgrade.inFlight,
      inFlightMax: upgrade.inFlightMax,
      mixedUntil: timeOrNothing(upgrade.mixedUntil),
      finishedAt: timeOrNothing(upgrade.finishedAt),
    }),
  );
  return lines.join('\n');
}

const isOver = ({ finishedAt, state }: UpgradeView): boolean =>
  finishedAt !== null || ['finished', 'stopped', 'paused'].includes(state);

export async function watchUpgrade(context: Context, name: string | undefined): Promise<number> {
  const { informationServer, output, interrupted } = context;
  const live = output.live();
  const params = name === undefined ? {} : { upgrade: upgradeId.parse(name) };
  let last: UpgradeView | null = null;
  let silentLooks = 0;
  while (!interrupted.aborted) {
    const answer = await informationServer.call('upgrade.status', params);
    if (answer.ok) {
      silentLooks = 0;
      last = answer.value;
      live.draw(upgradeText(context, last));
      if (isOver(last)) break;
    } else {
      // A wrong token or plan does not mend itself; a restarting server does.
      const mayReturn = answer.because.code === 'ADDRESS_UNREACHABLE' && last !== null;
      if (!mayReturn || ++silentLooks > watchLimits.silentLooksMax) {
        live.done();
        return refused(context, answer.because);
      }
    }
    await context.pause(watchLimits.pauseMs);
  }
  live.done();
  if (last === null) return exitStatuses.no;
  if (output.isJson) output.object(last);
  else if (!output.isInteractive) output.data(upgradeText(context, last));
  return last.state === 'finished' ? exitStatuses.done : exitStatuses.no;
}
