/**
 * `installer make`: one file for the servers of a site. What may be in it is asked of the information
 * server, which records it; the file is made of what stands on this very computer.
 */

import { resolve } from 'node:path';
import { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { answered, refused, type Command, type Context, type Given } from '../../command.ts';
import { parsed, text } from '../../given.ts';
import { formatBytes } from '#words/format.ts';
import { tokenFor } from '../fleet/enrolment.ts';

const role = z.literal('normal-server');

export const makeInstaller: Command = async (context, given) => {
  const { informationServer, packages, output, words } = context;
  const typed = parsed(role, text(given, 'role') ?? 'normal-server', {
    option: '--role',
    expected: 'role-of-installer',
  });
  if (!typed.ok) return refused(context, typed.because);
  const root = text(given, 'root') ?? process.env['DANKAI_ROOT'];
  if (root === undefined) return refused(context, problem('OPTION_ABSENT', { option: '--root' }));
  const version = text(given, 'version');
  const reason = text(given, 'aheadOfInformationServer');
  const permitted = await informationServer.call('installer.permit', {
    ...(version === undefined ? {} : { version }),
    ...(reason === undefined ? {} : { aheadOfInformationServer: reason }),
  });
  if (!permitted.ok) return refused(context, permitted.because);
  const token = await tokenOf(context, given);
  if (!token.ok) return refused(context, token.because);
  const { digest, site, informationServer: running } = permitted.value;
  const answer = await packages.makeInstaller({
    root: resolve(root),
    file: resolve(text(given, 'out') ?? ''),
    digest,
    platform: null,
    facts: {
      v: 1,
      site,
      madeAt: context.now(),
      token: token.value,
      informationServer: running,
      aheadReason: reason ?? null,
    },
  });
  return answered(context, answer, (made) => {
    const said = { ...made, size: formatBytes(made.bytes), site };
    output.data(words.text('cli.installer.made', said));
    output.talk(words.text(token.value === null ? 'cli.installer.noToken' : 'cli.installer.token'));
  });
};

/** One that was made already, a new one for so many servers, or none. */
async function tokenOf(context: Context, given: Given): Promise<Result<string | null>> {
  const file = text(given, 'enrolmentTokenFile');
  const isCounted = text(given, 'uses') !== undefined;
  if (file !== undefined && isCounted) {
    const wrong = { option: '--uses', value: text(given, 'uses') ?? '', expected: 'nothing' };
    return refuse(problem('OPTION_WRONG', wrong));
  }
  if (isCounted) return tokenFor(context, given);
  if (file === undefined) return ok(null);
  const read = await context.readText(file);
  return read.ok ? ok(read.value.trim()) : read;
}
