/**
 * Releases and installations at a command's hands. What only few commands need is loaded with them:
 * all of them pay for what stands here.
 */

import { problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import type { Packages } from '#ports/packages.ts';
import { thisPlatform } from './installation-disk.ts';
import { installFrom, layKit, layOrder, layToken, standingIn } from './installation-disk-source.ts';
import { readInstaller } from './installer-here.ts';
import { checkReleaseFile } from '../release/release-file.ts';
import { unitPlaces } from './service-units.ts';

const building = () => import('../release/release-file-build.ts');

const noPassphrase = async (): Promise<Result<string>> => refuse(problem('PASSPHRASE_ABSENT', {}));

/** `program`: the running file, app/main.mjs of an unpacked release (or of a slot). */
export function openPackages(
  program: string,
  kitPassphrase: () => Promise<Result<string>> = noPassphrase,
): Packages {
  return {
    installer: () => readInstaller(program),
    standing: standingIn,
    upgrade: async (request) => {
      const { upgradeStanding } = await import('./installation-local.ts');
      return upgradeStanding(program, request, unitPlaces());
    },
    makeInstaller: async ({ platform, ...wanted }) => {
      const { makeInstaller } = await import('./installer-make.ts');
      return makeInstaller({ ...wanted, platform: platform ?? thisPlatform() });
    },
    build: async (request) => (await building()).buildRelease(request),
    check: checkReleaseFile,
    readTreeCommands: async (file) => (await building()).readTreeCommands(file),
    readVendorCommands: async (file) => (await building()).readVendorCommands(file),
    install: (request) => installFrom(program, request),
    readKit: async (file) =>
      (await import('../organisation/kit-file.ts')).readKit(file, kitPassphrase),
    layToken,
    layKit,
    layOrder,
  };
}
