/**
 * Who a computer is to be when it is installed: by the kit of an upper tier, by the enrolment token
 * of a normal server, or nobody, on an insecure loopback. Reads the files; writes none.
 */

import { readFile } from 'node:fs/promises';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { InstallTrust, Packages, Role } from '#ports/packages.ts';
import type { InstallerFacts } from '#protocol/shared/installer.ts';
import { organisationText, parseEnrolmentToken, type Kit } from '#protocol/shared/organisation.ts';

export type InstallPlace = {
  readonly trust: InstallTrust | null;
  /** Of a kit. */
  readonly site: string | null;
  readonly isEnrolling: boolean;
};

export async function trustOf(
  packages: Packages,
  roles: readonly Role[],
  options: {
    readonly kit?: string | undefined;
    readonly tokenFile?: string | undefined;
    readonly installer?:
      | Pick<InstallerFacts, 'token' | 'organisation' | 'aheadReason'>
      | null
      | undefined;
    /** Why a normal server may run ahead of its information server (L1). */
    readonly aheadOfInformationServer?: string | undefined;
  },
): Promise<Result<InstallPlace>> {
  const { kit, tokenFile, installer = null } = options;
  if (kit !== undefined) return ofKit(await packages.readKit(kit), roles);
  const reason = options.aheadOfInformationServer ?? installer?.aheadReason ?? null;
  if (tokenFile !== undefined) return ofToken(tokenFile, roles, reason);
  const isNormal = roles.every((role) => role === 'normal-server');
  const { organisation = '', token = null } = installer ?? {};
  if (token === null || !isNormal) return ok({ trust: null, site: null, isEnrolling: false });
  const secrets = enrolmentSecrets(token, reason);
  return ok({ trust: { organisation, secrets }, site: null, isEnrolling: true });
}

function ofKit(kit: Result<Kit>, roles: readonly Role[]): Result<InstallPlace> {
  if (!kit.ok) return kit;
  const { role, site } = kit.value;
  // An information server brings the normal server of its computer with it.
  const others = roles.filter(
    (one) => one !== role && !(one === 'normal-server' && role === 'information-server'),
  );
  if (!roles.includes(role) || others.length > 0) {
    return refuse(problem('KIT_OF_OTHER_ROLE', { role, roles: roles.join(', ') }));
  }
  return ok({ trust: trustOfKit(kit.value), site, isEnrolling: false });
}

export function trustOfKit({ authority, organisation, contentKey }: Kit): InstallTrust {
  const secrets = {
    'authority.pem': `${authority.key}${authority.certificate}`,
    ...(contentKey === undefined ? {} : { 'content.key': contentKey }),
  };
  return { organisation: organisationText(organisation), secrets };
}

/** The reason goes with the token: both are said when the server enrols. */
function enrolmentSecrets(token: string, reason: string | null): Record<string, string> {
  return {
    'enrolment.token': `${token}\n`,
    ...(reason === null ? {} : { 'enrolment.reason': `${reason}\n` }),
  };
}

async function ofToken(
  file: string,
  roles: readonly Role[],
  reason: string | null,
): Promise<Result<InstallPlace>> {
  const other = roles.find((role) => role !== 'normal-server');
  if (other !== undefined) return refuse(problem('KIT_ABSENT', { role: other }));
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return refuse(problem('FILE_UNREADABLE', { file, detail }));
  }
  const token = parseEnrolmentToken(text, file);
  if (!token.ok) return token;
  const trust = { organisation: null, secrets: enrolmentSecrets(text.trim(), reason) };
  return ok({ trust, site: null, isEnrolling: true });
}
