/**
 * `install`, as a person or a script asks for it: a new installation of the roles that are ticked
 * (N1), or another version for one that stands (L1–L4), by the same switch as an upgrade's.
 */

import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { InstallerHere, LocalUpgrade, StandingInstallation } from '#ports/packages.ts';
import { chooseBoxes, terminalKeys } from '../../terminal/check-boxes.ts';
import {
  answered,
  exitStatuses,
  refused,
  type Command,
  type Context,
  type Given,
} from '../../command.ts';
import { flag, list, text } from '../../given.ts';
import { install } from './install.ts';
import { upgradeInformationServerHere } from './install-information-server.ts';

/** Where an installer installs unless it is told otherwise. */
const usualRoot = '/opt/dankai';
/** As an upgrade's plan has it by default. */
const proveSeconds = 600;

const roleWords = {
  'normal-server': 'cli.role.normal-server',
  'information-server': 'cli.role.information-server',
  'control-manager': 'cli.role.control-manager',
} as const;

export const installHere: Command = async (context, given) => {
  const installer = await context.packages.installer();
  if (!installer.ok) return refused(context, installer.because);
  const root = text(given, 'root') ?? (installer.value === null ? undefined : usualRoot);
  if (root === undefined) return refused(context, problem('OPTION_ABSENT', { option: '--root' }));
  const standing = await context.packages.standing(root);
  if (standing !== null && !isAnew(given)) return upgradeHere(context, given, standing);
  const roles = await rolesOf(context, given, installer.value);
  if (!roles.ok) return refused(context, roles.because);
  return installAnew(context, given, { root, roles: roles.value, installer: installer.value });
};

/** What only a new installation is told; one that stands answers that it is there. */
function isAnew(given: Given): boolean {
  const told = ['settings', 'kit', 'tokenFile', 'name', 'domain', 'host', 'informationServer'];
  return flag(given, 'insecureLoopback') || told.some((name) => text(given, name) !== undefined);
}

async function rolesOf(
  { output, words }: Context,
  given: Given,
  installer: InstallerHere | null,
): Promise<Result<readonly string[]>> {
  const typed = list(given, 'role');
  if (typed.length > 0) return ok(typed);
  if (!output.isInteractive || flag(given, 'unattended')) {
    return refuse(problem('OPTION_ABSENT', { option: '--role' }));
  }
  const hasToken = installer !== null && installer.token !== null;
  const chosen = await chooseBoxes(terminalKeys(output.live()), {
    question: words.text('cli.install.whichRoles'),
    boxes: Object.entries(roleWords).map(([value, key]) => ({
      value,
      label: words.text(key),
      isTicked: hasToken && value === 'normal-server',
    })),
  });
  return chosen === null
    ? refuse(problem('CONFIRMATION_DECLINED', { command: 'install' }))
    : ok(chosen);
}

async function installAnew(
  context: Context,
  given: Given,
  where: {
    readonly root: string;
    readonly roles: readonly string[];
    readonly installer: InstallerHere | null;
  },
): Promise<number> {
  const { output, words, packages } = context;
  const answer = await install(packages, {
    ...where,
    release: text(given, 'release'),
    settings: text(given, 'settings'),
    name: text(given, 'name'),
    kit: text(given, 'kit'),
    keepKit: flag(given, 'keepKit'),
    signatures: text(given, 'signatures'),
    unsignedBaseline: flag(given, 'unsignedBaseline'),
    tokenFile: text(given, 'tokenFile'),
    domain: text(given, 'domain'),
    host: text(given, 'host'),
    insecureLoopback: flag(given, 'insecureLoopback'),
    informationServer: text(given, 'informationServer'),
    controlManager: text(given, 'controlManager'),
    aheadOfInformationServer: text(given, 'aheadOfInformationServer'),
  });
  return answered(context, answer, ({ root, settingsFile, release, isKitRemoved }) => {
    const { version } = release.manifest;
    output.data(words.text('cli.install.done', { root, version, settingsFile }));
    if (flag(given, 'unsignedBaseline'))
      output.talk(words.text('cli.install.unsigned', { version }));
    if (isKitRemoved)
      output.talk(words.text('cli.install.kitRemoved', { kitFile: text(given, 'kit') ?? '' }));
    output.talk(words.text('cli.install.next', { root }));
  });
}

async function upgradeHere(
  context: Context,
  given: Given,
  { root, services }: StandingInstallation,
): Promise<number> {
  const roles = list(given, 'role');
  if (roles.some((role) => !services.includes(role))) {
    return refused(context, problem('INSTALLATION_EXISTS', { folder: root }));
  }
  if (services.includes('information-server')) {
    return upgradeInformationServerHere(context, given, root);
  }
  const { packages } = context;
  const answer = await packages.upgrade({
    root,
    releaseFile: text(given, 'release') ?? null,
    aheadReason: text(given, 'aheadOfInformationServer') ?? null,
    proveSeconds,
  });
  const status = answered(context, answer, (upgrade) => show(context, upgrade));
  if (!answer.ok) return status;
  const { end } = answer.value.end;
  return end === 'returned' || end === 'proving' ? exitStatuses.no : status;
}

function show({ output, words }: Context, upgrade: LocalUpgrade): void {
  const { root, from, end } = upgrade;
  const { version } = upgrade.release.manifest;
  switch (end.end) {
    case 'already':
      return output.data(words.text('cli.install.already', { root, version }));
    case 'committed':
      return output.data(words.text('cli.install.upgraded', { root, from, version }));
    case 'prepared':
      output.data(words.text('cli.install.prepared', { root, version }));
      return output.talk(words.text('cli.install.next', { root }));
    case 'proving':
      return output.data(words.text('cli.install.proving', { root, version }));
    case 'returned': {
      const { cause, detail } = end;
      return output.data(
        words.text('cli.install.returned', { root, from, version, cause, detail }),
      );
    }
  }
}
