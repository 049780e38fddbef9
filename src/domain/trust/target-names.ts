/** Under which name each thing is signed. One thing has one name, and a name never two meanings. */

import { digestPattern, namePattern, type ComponentName } from '../names.ts';

type Versioned = { readonly component: ComponentName; readonly version: string };

/** A program: its manifest. */
export function programTargetName({ component, version }: Versioned): string {
  return `${component}/${version}.json`;
}

/** A permission, signed apart, to go back after commit. Three parts, so no program is called so. */
export function returnTargetName(
  component: ComponentName,
  { from, to }: { readonly from: string; readonly to: string },
): string {
  return `returns/${component}/${from}-to-${to}.json`;
}

/** A person whose signature makes a campaign, with his key: who signs the name signs both. */
export function approverTargetName({
  name,
  keyId,
}: {
  readonly name: string;
  readonly keyId: string;
}): string {
  return `approvers/${name}/${keyId}.json`;
}

/** null: the target is none. */
export function approverIn(
  targetName: string,
): { readonly name: string; readonly keyId: string } | null {
  const [folder, name = '', file = '', ...more] = targetName.split('/');
  const keyId = file.replace(/\.json$/, '');
  const isOne = folder === 'approvers' && more.length === 0 && digestPattern.test(keyId);
  return isOne && namePattern.test(name) && file !== keyId ? { name, keyId } : null;
}

/** A content file, as it is. */
export function contentTargetName({ component, version }: Versioned, fileName: string): string {
  return `${component}/${version}/${fileName}`;
}

/** The file's name behind component and version; null: the target is none of them. */
export function fileNameIn(targetName: string, { component, version }: Versioned): string | null {
  const before = `${component}/${version}/`;
  const fileName = targetName.startsWith(before) ? targetName.slice(before.length) : '';
  return fileName === '' || fileName.includes('/') ? null : fileName;
}
