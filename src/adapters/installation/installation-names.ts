/**
 * What an installation folder holds that is ours: the one list of it. Who installs looks whether
 * anything else stands there; who removes takes away these and nothing else.
 */

const service = '(launcher|control-manager|information-server|normal-server|agent)';

/** Each name in ROOT, and which names in it are ours: null: all of them. */
const belongings: ReadonlyMap<string, RegExp | null> = new Map<string, RegExp | null>([
  ['contents', null],
  ['downloads', null],
  ['engines', null],
  ['evidence', null],
  // Who fills it is not Dankai.
  ['feed', /^$/],
  ['inbox', null],
  [
    'launcher',
    /^((launcher\.mjs|node|pair\.json|current|intent\.log)(\.part)?|intent\.log\.damaged|next|pair-\d+(\.part)?)$/,
  ],
  ['launcher.json', null],
  ['logs', new RegExp(`^${service}\\.log(\\.\\d+)?$`)],
  ['programs', null],
  [
    'run',
    new RegExp(
      `^(launcher\\.(lock|pid)(-\\w+)?|services\\.json(\\.part)?|installer\\.json|${service}\\.json)$`,
    ),
  ],
  [
    'secrets',
    /^((control-manager|information-server|normal-server|agent|authority)\.pem|console\.token|enrolment\.(token|key|reason)|content\.key|rehome\.order)$/,
  ],
  ['settings.yaml', null],
  ['share', null],
  ['slots', /-[0-9a-f]{12}$/],
  ['store', null],
  ['tracks', /^(program|agent)$/],
  ['trust', null],
]);

/** A part that a killed program left beside the name that it was to become. */
const wholeName = (name: string): string => name.replace(/\.part-.*$/, '');

export function isOwnName(name: string): boolean {
  return (
    belongings.has(wholeName(name)) || name.startsWith('restore.part-') || name === 'lost+found'
  );
}

/** What in a folder of ROOT is ours; null: the folder is not. */
export function ownIn(name: string): ((inner: string) => boolean) | null {
  if (/\.part-/.test(name) && isOwnName(name)) return () => true;
  const pattern = belongings.get(name);
  if (pattern === undefined) return null;
  return (inner) => pattern === null || pattern.test(wholeName(inner));
}
