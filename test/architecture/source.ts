/**
 * Reads one source file into facts: what it imports, what it exports, which names it uses.
 * Knows no rule; the rules stand in `table.ts` and are applied in `rules.ts`.
 */

import { parseAst } from 'rolldown/parseAst';

export type Import = {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
};

/** A name such as `Date.now` or `fetch()`, or a construct such as `any` or `default export`. */
export type Use = { readonly what: string; readonly line: number };

export type Source = {
  /** From the folder `src`, such as `domain/upgrade/plan.ts`. */
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly Import[];
  readonly uses: readonly Use[];
};

/** A node of the syntax tree, with its offsets. */
export type Node = {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
};

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

export function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    (Array.isArray(value) ? value : [value]).filter(isNode),
  );
}

const nameOf = (value: unknown): string | null =>
  isNode(value) && value.type === 'Identifier' && typeof value['name'] === 'string'
    ? value['name']
    : null;

const textOf = (value: unknown): string | null =>
  isNode(value) && value.type === 'Literal' && typeof value['value'] === 'string'
    ? value['value']
    : null;

/** Constructs that carry their name in their kind. */
const constructs: Readonly<Record<string, string>> = {
  TSAnyKeyword: 'any',
  TSEnumDeclaration: 'enum',
  TSModuleDeclaration: 'namespace',
  ExportDefaultDeclaration: 'default export',
  ExportAllDeclaration: 'export *',
  TSNonNullExpression: 'non-null assertion',
};

/** `Object.keys(…)` and its kin lose the type of the keys; there is no other way to say it. */
function givesKeys(value: unknown): boolean {
  if (!isNode(value) || value.type !== 'CallExpression' || !isNode(value['callee'])) return false;
  const { callee } = value;
  return (
    nameOf(callee['object']) === 'Object' &&
    ['entries', 'fromEntries', 'keys'].includes(nameOf(callee['property']) ?? '')
  );
}

function usesOf(node: Node): string[] {
  const construct = constructs[node.type];
  if (construct !== undefined) return [construct];
  if (node.type === 'TSAsExpression' || node.type === 'TSTypeAssertion') {
    const to = node['typeAnnotation'];
    const constant = isNode(to) && nameOf(to['typeName']) === 'const';
    return constant || givesKeys(node['expression']) ? [] : ['as'];
  }
  if (node.type === 'NewExpression') {
    const name = nameOf(node['callee']);
    return name === null ? [] : [`new ${name}`];
  }
  if (node.type === 'CallExpression') {
    const name = nameOf(node['callee']);
    const handedOver = Array.isArray(node['arguments']) ? node['arguments'].map(nameOf) : [];
    return [
      ...(name === null ? [] : [`${name}()`]),
      ...handedOver.filter((argument) => argument !== null),
    ];
  }
  if (node.type === 'MemberExpression') {
    const owner = nameOf(node['object']);
    if (owner === null) return [];
    const member = node['computed'] === true ? textOf(node['property']) : nameOf(node['property']);
    return member === null ? [owner] : [owner, `${owner}.${member}`];
  }
  return [];
}

function importOf(node: Node): Omit<Import, 'line'> | null {
  const specifier = textOf(node['source']);
  if (specifier === null) return null;
  if (node.type === 'ImportExpression') return { specifier, typeOnly: false, dynamic: true };
  if (node.type === 'TSImportType') return { specifier, typeOnly: true, dynamic: false };
  const kind = node['importKind'] ?? node['exportKind'];
  return { specifier, typeOnly: kind === 'type', dynamic: false };
}

/** Throws where the file cannot be parsed: a file that no rule sees would pass them all. */
export function readSource(path: string, text: string): Source {
  const imports: Import[] = [];
  const uses: Use[] = [];
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  const walk = (node: Node): void => {
    const found = importOf(node);
    if (found !== null) imports.push({ ...found, line: lineAt(node.start) });
    for (const what of usesOf(node)) uses.push({ what, line: lineAt(node.start) });
    childrenOf(node).forEach(walk);
  };
  const program: unknown = parseAst(text, { lang: path.endsWith('.tsx') ? 'tsx' : 'ts' });
  if (!isNode(program)) throw new Error(`${path} gave no syntax tree`);
  walk(program);
  return { path, lineCount: text.trimEnd().split('\n').length, imports, uses };
}
