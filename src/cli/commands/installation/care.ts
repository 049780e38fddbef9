/**
 * `doctor`, `ports`, `cache clear` and `service`: an installation looked at and tidied on its own
 * computer.
 */

import { resolve } from 'node:path';
import { problem } from '#domain/problem.ts';
import { ok } from '#domain/result.ts';
import type { Check } from '#protocol/console/doctor.ts';
import { formatBytes } from '#words/format.ts';
import { answered, exitStatuses, refused, type Command, type Context } from '../../command.ts';
import { flag, text } from '../../given.ts';
import { nothingThere } from '../../terminal/show.ts';

const tones = { good: 'good', warning: 'warning', bad: 'bad' } as const;
const stateWords = {
  good: 'cli.doctor.good',
  warning: 'cli.doctor.warning',
  bad: 'cli.doctor.bad',
} as const;
const checkWords = {
  installation: 'cli.doctor.check.installation',
  service: 'cli.doctor.check.service',
  listen: 'cli.doctor.check.listen',
  name: 'cli.doctor.check.name',
  reach: 'cli.doctor.check.reach',
  clock: 'cli.doctor.check.clock',
  certificate: 'cli.doctor.check.certificate',
  disk: 'cli.doctor.check.disk',
  sessions: 'cli.doctor.check.sessions',
} as const;
const dialledBy = {
  agents: 'cli.ports.agents',
  servers: 'cli.ports.servers',
  people: 'cli.ports.people',
  caches: 'cli.ports.caches',
  mirror: 'cli.ports.mirror',
} as const;

export const doctor: Command = async (context, given) => {
  const care = await context.care();
  const found = await care.examine(resolve(text(given, 'root') ?? ''));
  if (!found.ok) return refused(context, found.because);
  const sessions = await sessionChecks(context, found.value.checks);
  const answer = { root: found.value.root, checks: [...found.value.checks, ...sessions] };
  const status = answered(context, { ok: true, value: answer }, ({ checks }) =>
    showChecks(context, checks),
  );
  return answer.checks.some(({ state }) => state === 'bad') ? exitStatuses.no : status;
};

/** The way down is the servers' own: whoever holds a session has reached us. */
async function sessionChecks(
  { informationServer }: Context,
  checks: readonly Check[],
): Promise<readonly Check[]> {
  const isHere = checks.some(
    ({ check, of, state }) =>
      check === 'service' && of === 'information-server' && state === 'good',
  );
  if (!isHere) return [];
  const tree = await informationServer.call('fleet.tree', {});
  if (!tree.ok) {
    return [{ check: 'sessions', of: 'fleet', state: 'bad', found: null, because: tree.because }];
  }
  const servers = tree.value.domains.flatMap((domain) => domain.servers);
  const away = servers.filter(({ session }) => session.state === 'none');
  const found = `${servers.length - away.length} / ${servers.length}`;
  const [first] = away;
  const of = first === undefined ? 'fleet' : first.server;
  const because = first === undefined ? null : problem('SERVER_ABSENT', { server: first.server });
  const state = first === undefined ? 'good' : 'warning';
  return [{ check: 'sessions', of, state, found, because }];
}

export function showChecks({ output, words }: Context, checks: readonly Check[]): void {
  for (const { check, of, state, found, because } of checks) {
    const said = output.paint(tones[state], words.text(stateWords[state]));
    const measured = found === null ? '' : `: ${measure(check, found)}`;
    output.data(`${said}  ${words.text(checkWords[check])} ${of}${measured}`);
    if (because === null) continue;
    const { sentence, remedy } = words.problem(because);
    output.data(`      ${sentence} ${remedy}`.trimEnd());
  }
}

function measure(check: Check['check'], found: string | number): string {
  if (typeof found === 'string') return found;
  if (check === 'disk') return formatBytes(found);
  return check === 'clock' ? `${found} s` : `${found} d`;
}

export const ports: Command = async (context, given) => {
  const { output, words } = context;
  const care = await context.care();
  const answer = await care.ports(resolve(text(given, 'root') ?? ''));
  return answered(context, answer, ({ listens, dials }) => {
    const head = ['port', 'host', 'service', 'dialledBy', 'setting'] as const;
    const rows = listens.map((one) => [
      String(one.port),
      one.host,
      one.service,
      words.text(dialledBy[one.for]),
      one.setting,
    ]);
    if (rows.length > 0) {
      output.data(
        output.table(
          head.map((one) => words.text(`cli.column.${one}`)),
          rows,
        ),
      );
    }
    for (const { service, address, setting } of dials) {
      output.data(words.text('cli.ports.dials', { service, address, setting }));
    }
    if (rows.length === 0 && dials.length === 0) output.data(nothingThere);
  });
};

export const clearCache: Command = async (context, given) => {
  const { output, words } = context;
  const wanted = (['patterns', 'engines'] as const).filter((one) => flag(given, one));
  if (wanted.length === 0) {
    return refused(context, problem('OPTION_ABSENT', { option: '--patterns' }));
  }
  const care = await context.care();
  const answer = await care.clearCaches(resolve(text(given, 'root') ?? ''), wanted);
  return answered(context, answer, ({ removed, kept }) => {
    for (const { path, bytes } of removed) {
      output.data(words.text('cli.cache.removed', { path, size: formatBytes(bytes) }));
    }
    for (const path of kept) output.data(words.text('cli.cache.kept', { path }));
    if (removed.length === 0) output.talk(words.text('cli.cache.nothing'));
  });
};

/** The unit alone goes to the output, so that it can be written to a file as it is. */
export const printService: Command = async (context, given) => {
  const root = resolve(text(given, 'root') ?? '');
  const unit = await (await context.care()).serviceUnit(root);
  const answer = unit.ok ? ok({ root, unit: unit.value }) : unit;
  return answered(context, answer, (made) => context.output.data(made.unit.trimEnd()));
};

/** Has the computer start it, and takes that back. */
export const installService: Command = async (context, given) => {
  const root = resolve(text(given, 'root') ?? '');
  const made = await (await context.care()).installService(root);
  const answer = made.ok ? ok({ root, unit: made.value }) : made;
  return answered(context, answer, ({ unit }) =>
    context.output.data(context.words.text('cli.service.installed', { unit })),
  );
};

export const removeService: Command = async (context, given) => {
  const root = resolve(text(given, 'root') ?? '');
  const removed = await (await context.care()).removeService(root);
  const answer = removed.ok ? ok({ root, removed: [...removed.value] }) : removed;
  return answered(context, answer, (gone) => {
    for (const unit of gone.removed) {
      context.output.data(context.words.text('cli.service.removed', { unit }));
    }
  });
};
