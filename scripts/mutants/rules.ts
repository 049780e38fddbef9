/**
 * Makes the mutants of one file. Knows syntax only: whether a change can matter is for the tests
 * to say. Types are passed over, because nothing of them runs.
 */

import { parseAst } from 'rolldown/parseAst';
import { childrenOf, isNode, type Node } from '../../test/architecture/source.ts';
import type { Mutant, Rule } from './mutant.ts';

type Change = {
  readonly rule: Rule;
  readonly start: number;
  readonly end: number;
  readonly text: string;
};

type Found = Change & { readonly inside: string };

const predicateTakers = [
  'every',
  'filter',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'some',
];

const leaving = ['ReturnStatement', 'ThrowStatement', 'ContinueStatement', 'BreakStatement'];

/** Of the types only what they wrap is run. */
const wrappers = ['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression'];

function child(node: Node, name: string): Node | null {
  const value = node[name];
  return isNode(value) ? value : null;
}

function childrenAt(node: Node, name: string): readonly Node[] {
  const value = node[name];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function textAt(node: Node | null, name: string): string {
  const value = node?.[name];
  return typeof value === 'string' ? value : '';
}

function endOf(node: Node): number {
  const { end } = node;
  if (typeof end !== 'number') throw new Error(`a ${node.type} without its end`);
  return end;
}

function unwrapped(node: Node | null): Node | null {
  return node !== null && wrappers.includes(node.type)
    ? unwrapped(child(node, 'expression'))
    : node;
}

const isLogical = (node: Node): boolean =>
  node.type === 'LogicalExpression' && ['&&', '||'].includes(textAt(node, 'operator'));

const isEquality = (node: Node): boolean =>
  node.type === 'BinaryExpression' && ['===', '!=='].includes(textAt(node, 'operator'));

const isNegation = (node: Node): boolean =>
  node.type === 'UnaryExpression' && textAt(node, 'operator') === '!';

/** What decides where the node is a condition or a part of one. */
function conditionsOf(node: Node): readonly Node[] {
  if (isLogical(node)) {
    return [child(node, 'left'), child(node, 'right')].filter((one) => one !== null);
  }
  if (node.type === 'CallExpression') {
    const taker = textAt(child(child(node, 'callee') ?? node, 'property'), 'name');
    const arrow = childrenAt(node, 'arguments')[0];
    const body = arrow?.type === 'ArrowFunctionExpression' ? child(arrow, 'body') : null;
    const isPredicate = predicateTakers.includes(taker) && body?.type !== 'BlockStatement';
    return isPredicate && body !== null ? [body] : [];
  }
  const test = node.type === 'SwitchCase' ? null : child(node, 'test');
  if (test !== null) return [test];
  return isNegation(node) ? [node] : [];
}

/** An operand that is itself made of operands has its mutants in them; `a === b` in another rule. */
function guards(node: Node, text: string): readonly Change[] {
  return conditionsOf(node)
    .filter((one) => !isEquality(one) && !(isLogical(node) && isLogical(one)))
    .map((one) => {
      const inner = isNegation(one) ? child(one, 'argument') : null;
      const said = text.slice((inner ?? one).start, endOf(inner ?? one));
      return {
        rule: 'guard',
        start: one.start,
        end: endOf(one),
        text: inner === null ? `!(${said})` : said,
      };
    });
}

/** Left out: `true` among what must all hold, `false` among what may. */
function operands(node: Node): readonly Change[] {
  if (!isLogical(node)) return [];
  const text = textAt(node, 'operator') === '&&' ? 'true' : 'false';
  return conditionsOf(node)
    .filter((one) => !isLogical(one))
    .map((one) => ({ rule: 'operand', start: one.start, end: endOf(one), text }));
}

/** The operator that stands for another, and the way the bound moves that is not the same again. */
const shifts: Readonly<Record<string, readonly [operator: string, bound: string]>> = {
  '<': ['<=', '- 1'],
  '<=': ['<', '+ 1'],
  '>': ['>=', '+ 1'],
  '>=': ['>', '- 1'],
  '===': ['!==', ''],
  '!==': ['===', ''],
};

function comparisons(node: Node, text: string): readonly Change[] {
  const [left, right] = [child(node, 'left'), child(node, 'right')];
  const operator = textAt(node, 'operator');
  const shift = node.type === 'BinaryExpression' ? shifts[operator] : undefined;
  if (left === null || right === null || shift === undefined) return [];
  const [other, bound] = shift;
  const rule = 'comparison' as const;
  const between = text.slice(endOf(left), right.start).replace(operator, other);
  const changed = { rule, start: endOf(left), end: right.start, text: between };
  if (bound === '') return [changed];
  const said = text.slice(right.start, endOf(right));
  const whole = /^[\w.]+$/.test(said) ? said : `(${said})`;
  const moved = { rule, start: right.start, end: endOf(right), text: `${whole} ${bound}` };
  return [changed, moved];
}

function earlyReturns(node: Node): readonly Change[] {
  const test = child(node, 'test');
  if (node.type !== 'IfStatement' || test === null || child(node, 'alternate') !== null) return [];
  const taken = child(node, 'consequent');
  const last = taken?.type === 'BlockStatement' ? childrenAt(taken, 'body').at(-1) : taken;
  if (last === undefined || last === null || !leaving.includes(last.type)) return [];
  return [{ rule: 'early-return', start: test.start, end: endOf(test), text: 'false' }];
}

/** A table is known by its name: `…Successors`, an object of lists of its own keys. */
function edges(node: Node): readonly Change[] {
  const table = unwrapped(child(node, 'init'));
  const name = textAt(child(node, 'id'), 'name');
  if (!/successors$/i.test(name) || table?.type !== 'ObjectExpression') return [];
  const rows = childrenAt(table, 'properties').map((row) => {
    const key = child(row, 'key');
    const list = child(row, 'value');
    if (key === null || list?.type !== 'ArrayExpression') throw new Error(`${name} is no table`);
    const to = childrenAt(list, 'elements').map((one) => textAt(one, 'value'));
    return { from: textAt(key, 'name') || textAt(key, 'value'), list, to };
  });
  return rows.flatMap(({ from, list, to }) => {
    const added = rows.map((row) => row.from).filter((one) => one !== from && !to.includes(one));
    const lists = [
      ...to.map((gone) => to.filter((one) => one !== gone)),
      ...added.map((one) => [...to, one]),
    ];
    return lists.map((changed) => ({
      rule: 'edge' as const,
      start: list.start,
      end: endOf(list),
      text: `[${changed.map((one) => `'${one}'`).join(', ')}]`,
    }));
  });
}

const namedBy: Readonly<Record<string, string>> = {
  FunctionDeclaration: 'id',
  VariableDeclarator: 'id',
  MethodDefinition: 'key',
  ClassDeclaration: 'id',
};

function changesOf(program: Node, text: string): readonly Found[] {
  const found: Found[] = [];
  const walk = (node: Node, around: readonly string[]): void => {
    if (node.type.startsWith('TS') && !wrappers.includes(node.type)) return;
    const name = textAt(child(node, namedBy[node.type] ?? ''), 'name');
    const path = name === '' ? around : [...around, name];
    const inside = path[0] ?? '';
    const changes = [
      ...guards(node, text),
      ...operands(node),
      ...comparisons(node, text),
      ...earlyReturns(node),
      ...edges(node),
    ];
    found.push(...changes.map((change) => ({ ...change, inside })));
    for (const one of childrenOf(node)) walk(one, path);
  };
  walk(program, []);
  return found;
}

/** A negation is a condition of its own and may be one of its parent's. */
function distinct(changes: readonly Found[]): readonly Found[] {
  const bySpot = changes.map((one) => [`${one.start} ${one.end} ${one.text}`, one] as const);
  return [...new Map(bySpot).values()].toSorted((left, right) => left.start - right.start);
}

const inOneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ');

export function mutantsOf(file: string, text: string): readonly Mutant[] {
  const program: unknown = parseAst(text, { lang: 'ts' });
  if (!isNode(program)) throw new Error(`${file} gave no syntax tree`);
  return distinct(changesOf(program, text)).map((change) => {
    const { rule, inside, start, end } = change;
    const from = text.lastIndexOf('\n', start) + 1;
    const lineEnd = text.indexOf('\n', end);
    const until = lineEnd === -1 ? text.length : lineEnd;
    return {
      file,
      line: text.slice(0, start).split('\n').length,
      rule,
      inside,
      before: inOneLine(text.slice(from, until)),
      after: inOneLine(text.slice(from, start) + change.text + text.slice(end, until)),
      text: text.slice(0, start) + change.text + text.slice(end),
    };
  });
}
