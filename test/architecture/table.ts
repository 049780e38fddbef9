/**
 * What each folder of `src` may import and may not call, as data. A change of shape is a change
 * here, and is to be argued in a decision record.
 */

/** The processes that run for ever. */
const daemons = [
  'control-manager',
  'control-manager-agent',
  'information-server',
  'normal-server',
] as const;
/** And the command line. None imports another. */
export const programs = [...daemons, 'cli'] as const;

export type Grant = {
  /** A folder of `src`, or files within one; the longest that fits a file counts. */
  readonly where: readonly string[];
  /** Folders of `src`, besides its own. */
  readonly folders: readonly string[];
  readonly packages: readonly string[];
  /** Node's own modules, without `node:`; `all` for every one. */
  readonly node: 'all' | readonly string[];
  /** Packages and folders of which only types may be taken: nothing of them is run. */
  readonly typesOf?: readonly string[];
  /** Folders that may only be loaded by `import()`, when they are needed. */
  readonly lazily?: readonly string[];
};

const shared = ['domain', 'protocol', 'ports', 'profiles', 'words'] as const;
/** Pure text and byte work of Node's: no file, no network, no clock. */
const pureNode = ['path', 'path/posix', 'crypto', 'util', 'stream', 'events', 'buffer'] as const;
const entries = programs.flatMap((program) => [`${program}/main.ts`, `${program}/config.ts`]);

/** Where `unknown` becomes a type; without a library in the launcher, which has none. */
const parsers = [
  'console/data/call.ts',
  'protocol',
  'adapters',
  'cli',
  'words',
  'launcher/entries.ts',
  'launcher/installation.ts',
] as const;

/** Picks the handler of a call that the listener has parsed; its type depends on its name. */
const dispatchers = ['information-server/routes/answer.ts'] as const;

export const grants: readonly Grant[] = [
  { where: ['domain'], folders: [], packages: [], node: [] },
  { where: ['protocol'], folders: ['domain'], packages: ['zod'], node: [] },
  {
    where: ['protocol/calendar'],
    folders: ['domain'],
    packages: ['ical-generator'],
    node: [],
  },
  // Data, and the one list of it.
  { where: ['profiles'], folders: ['domain'], packages: [], node: [] },
  {
    where: ['ports'],
    folders: ['domain'],
    packages: [],
    node: [],
    typesOf: ['protocol', 'pino', 'node:stream'],
  },
  { where: ['words'], folders: ['domain'], packages: ['i18next'], node: [] },
  // Plans as text, where people write them: in files, and in a browser.
  { where: ['yaml'], folders: [], packages: ['yaml', 'zod'], node: [] },
  // It must start any later version, so nothing that a later version changes is in it.
  { where: ['launcher'], folders: [], packages: [], node: 'all', typesOf: ['protocol'] },
  // Bytes in, bytes out; files and threads are the adapters'.
  { where: ['delta'], folders: [], packages: [], node: ['buffer', 'crypto', 'zlib'] },
  {
    where: ['adapters'],
    folders: [...shared, 'delta', 'launcher', 'yaml'],
    packages: [
      '@peculiar/x509',
      '@tufjs/canonical-json',
      '@tufjs/models',
      'cookie',
      'croner',
      'fastify',
      'iconv-lite',
      'kysely',
      'modern-tar',
      'pg',
      'pino',
      'reflect-metadata',
      'tuf-js',
      'ws',
      'yaml',
      'zod',
    ],
    node: 'all',
  },
  // What both tiers that people talk to do for them.
  { where: ['people'], folders: ['domain', 'protocol', 'ports'], packages: [], node: [] },
  // Files that a tier keeps where whoever breaks in there cannot reach.
  {
    where: ['elsewhere'],
    folders: ['domain', 'ports'],
    packages: [],
    node: [],
    typesOf: ['pino'],
  },
  {
    where: programs,
    folders: [...shared, 'people', 'elsewhere'],
    packages: ['zod'],
    node: pureNode,
    typesOf: ['pino'],
  },
  {
    where: entries,
    folders: [...shared, 'adapters', 'people', 'elsewhere'],
    packages: ['croner', 'pino', 'yaml', 'zod'],
    node: 'all',
  },
  // Runs in a browser: nothing of Node, and of the servers only what they say.
  {
    where: ['console'],
    folders: ['domain', 'protocol', 'words', 'yaml'],
    packages: [
      '@tanstack/react-query',
      '@tanstack/react-router',
      'react',
      'react-aria-components',
      'react-dom',
      'zod',
    ],
    node: [],
  },
  {
    where: ['simulation'],
    folders: [...shared, ...daemons, 'launcher', 'people', 'elsewhere'],
    packages: ['pino', 'pure-rand', 'tinyqueue'],
    node: pureNode,
  },
  {
    where: ['forecast'],
    folders: ['domain', 'protocol', 'ports', 'simulation'],
    packages: ['zod'],
    node: pureNode,
  },
  {
    where: ['forecast/main.ts'],
    folders: ['domain', 'protocol', 'ports', 'simulation'],
    packages: ['zod'],
    node: ['worker_threads'],
  },
  {
    where: ['cli'],
    // '..' is package.json, for the version.
    folders: [...shared, '..'],
    packages: [
      '@commander-js/extra-typings',
      'cli-table3',
      'commander',
      'i18next',
      'log-update',
      'zod',
    ],
    node: 'all',
  },
  {
    where: ['cli/main.ts'],
    folders: [...shared, 'adapters'],
    packages: ['@commander-js/extra-typings', 'commander', 'yaml'],
    node: 'all',
    lazily: programs,
  },
];

export type Ban = {
  readonly where: readonly string[];
  /** Folders or files to which the ban does not apply. */
  readonly except?: readonly string[];
  readonly uses: readonly string[];
  readonly remedy: string;
};

export const bans: readonly Ban[] = [
  {
    where: ['domain'],
    uses: ['Date.now', 'Date.parse', 'new Date', 'Date()', 'Temporal.Now', 'performance'],
    remedy: 'take the instant as an argument',
  },
  {
    where: ['domain'],
    uses: ['Math.random', 'crypto'],
    remedy: 'take the chance as an argument',
  },
  {
    where: ['domain'],
    uses: ['process', 'globalThis'],
    remedy: 'take the value as an argument; the program reads its surroundings',
  },
  {
    where: ['domain'],
    uses: [
      'fetch()',
      'setTimeout()',
      'setInterval()',
      'setImmediate()',
      'queueMicrotask()',
      'new Promise',
    ],
    remedy: 'return a command; the program carries it out',
  },
  {
    where: ['protocol', 'ports', 'words'],
    uses: ['Date.now', 'Math.random', 'process', 'fetch()', 'setTimeout()', 'setInterval()'],
    remedy: 'shapes and sentences do nothing; let an adapter or a program do it',
  },
  {
    where: [...programs, 'people'],
    except: ['cli', ...entries],
    uses: ['Date.now', 'new Date', 'Math.random', 'setTimeout()', 'setInterval()', 'fetch()'],
    remedy: 'ask the port (Clock, chance, link): only then can a test decide what it answers',
  },
  {
    where: ['simulation', 'forecast'],
    uses: [
      'Date.now',
      'new Date',
      'Math.random',
      'performance',
      'setTimeout()',
      'setInterval()',
      'setImmediate()',
      'fetch()',
    ],
    remedy: 'ask the simulated world: only then does the same seed give the same trace',
  },
  { where: [''], uses: ['any'], remedy: 'take `unknown` and parse it at the edge' },
  { where: [''], uses: ['default export'], remedy: 'export it by its name' },
  { where: [''], uses: ['export *'], remedy: 'import from the file that defines it' },
  {
    where: [''],
    // How its router learns of our routes.
    except: ['console/routes.tsx'],
    uses: ['enum', 'namespace'],
    remedy: 'use a union of literals, or a plain object',
  },
  {
    where: [''],
    except: ['cli'],
    uses: ['console'],
    remedy: 'use the logger; only the CLI prints',
  },
  {
    where: [''],
    except: ['domain/names.ts', 'simulation/world/disk.ts', ...parsers, ...dispatchers, ...entries],
    uses: ['as', 'non-null assertion'],
    remedy: 'parse it at the edge, narrow it, or give it the right type where it is made',
  },
];

export const lineCountMax = 450;
