/** Changes, cuts, repeats and splices of inputs, drawn from chance: the same seed, the same inputs. */

import type { Chance } from '#simulation/world/chance.ts';
import type { Target } from './target.ts';

const interestingBytes = [0x00, 0x0a, 0x0d, 0x22, 0x27, 0x2d, 0x2e, 0x2f, 0x3a, 0x5b, 0x5c, 0x7b];
const moreBytes = [0x7f, 0x80, 0xbf, 0xc0, 0xed, 0xef, 0xf4, 0xff];
const interestingTexts = [
  '-1',
  '0',
  '00',
  '1e308',
  '9007199254740993',
  '99999999999999999999999999',
  'NaN',
  '__proto__',
  'constructor',
  '..',
  '../',
  '/',
  '\u0000',
  '\u2028',
  '\ufeff',
  '\u202e',
  '\ud800',
  '💥',
  '%00',
  '%2e%2e%2f',
  '${x}',
  '['.repeat(3_000),
  '{"a":'.repeat(3_000),
];
const roundsMax = 6;
const deepMax = 2_000;
const repeatedBytesMax = 300_000;

export function mutated(target: Target, corpus: readonly Uint8Array[], chance: Chance): Uint8Array {
  let input = chance.pick(corpus);
  if (target.form === 'json' && chance.happens(0.7)) input = changedJson(input, chance);
  const rounds = target.form === 'json' && chance.happens(0.7) ? 0 : chance.integer(1, roundsMax);
  for (let round = 0; round < rounds; round++) input = oneChange(target, input, corpus, chance);
  return input;
}

function oneChange(
  { form, words = [] }: Target,
  input: Uint8Array,
  corpus: readonly Uint8Array[],
  chance: Chance,
): Uint8Array {
  const from = chance.integer(0, input.length);
  const until = Math.min(input.length, from + chance.integer(0, chance.pick([1, 8, 600])));
  const piece = input.subarray(from, until);
  const put = (...middle: Uint8Array[]): Uint8Array =>
    Buffer.concat([input.subarray(0, from), ...middle, input.subarray(until)]);
  switch (chance.integer(0, 8)) {
    case 0:
      return put();
    case 1:
      return put(piece, piece);
    case 2:
      return put(...Array<Uint8Array>(chance.pick([10, 300, 5_000])).fill(piece.subarray(0, 12)));
    case 3:
      return put(randomBytes(piece.length, chance));
    case 4:
      return put(Uint8Array.of(chance.pick([...interestingBytes, ...moreBytes])));
    case 5:
      return put(Buffer.from(chance.pick([...interestingTexts, ...words])));
    case 6: {
      const other = chance.pick(corpus);
      return put(other.subarray(chance.integer(0, other.length)));
    }
    case 7:
      return input.subarray(0, from);
    default:
      return form === 'text' ? put(piece.toReversed()) : flipped(input, chance);
  }
}

function randomBytes(length: number, chance: Chance): Uint8Array {
  return Uint8Array.from({ length }, () => chance.integer(0, 255));
}

function flipped(input: Uint8Array, chance: Chance): Uint8Array {
  if (input.length === 0) return input;
  const copy = Buffer.from(input);
  const at = chance.integer(0, copy.length - 1);
  copy[at] = (copy[at] ?? 0) ^ (1 << chance.integer(0, 7));
  return copy;
}

// -- values ------------------------------------------------------------------------------------

function changedJson(input: Uint8Array, chance: Chance): Uint8Array {
  try {
    const value: unknown = JSON.parse(Buffer.from(input).toString('utf8'));
    const count = chance.integer(1, 3);
    let changed = value;
    for (let time = 0; time < count; time++) changed = changedValue(changed, chance);
    return Buffer.from(JSON.stringify(changed) ?? 'null');
  } catch {
    return input;
  }
}

/** At some place of the tree, another value, or one member more or less. */
function changedValue(value: unknown, chance: Chance): unknown {
  if (Array.isArray(value) && value.length > 0 && chance.happens(0.8)) {
    const items: unknown[] = [...value];
    const at = chance.integer(0, items.length - 1);
    const kind = chance.next();
    if (kind < 0.1) items.splice(at, 1);
    else if (kind < 0.2) return repeated(items[at]);
    else items[at] = changedValue(items[at], chance);
    return items;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries: [string, unknown][] = Object.entries(value);
    if (entries.length > 0 && chance.happens(0.85)) return changedMember(entries, chance);
  }
  return otherValue(value, chance);
}

function changedMember(entries: [string, unknown][], chance: Chance): unknown {
  const at = chance.integer(0, entries.length - 1);
  const [name, value] = entries[at] ?? ['', null];
  const kind = chance.next();
  if (kind < 0.1) entries.splice(at, 1);
  else if (kind < 0.2) entries.push([chance.pick(interestingTexts), value]);
  else entries[at] = [name, changedValue(value, chance)];
  return Object.fromEntries(entries);
}

function otherValue(value: unknown, chance: Chance): unknown {
  if (typeof value === 'string' && chance.happens(0.5)) {
    const at = chance.integer(0, value.length);
    return `${value.slice(0, at)}${chance.pick(interestingTexts)}${value.slice(at)}`;
  }
  if (typeof value === 'number' && chance.happens(0.5)) {
    return chance.pick([-value, value + 0.5, value * 2 ** 53, value - 1, -0]);
  }
  const others = [null, true, 0, -1, 2 ** 53, 1e308, '', 'x'.repeat(70_000), [], {}, [[]]];
  if (chance.happens(0.05)) return nested(chance.integer(1, deepMax));
  return chance.pick([...others, ...interestingTexts]);
}

/** Not so often that lists of lists of lists fill the memory: what is longer is cut off anyway. */
function repeated(item: unknown): readonly unknown[] {
  const bytes = JSON.stringify(item)?.length ?? 1;
  const length = Math.max(2, Math.min(1_000, Math.floor(repeatedBytesMax / bytes)));
  return Array.from({ length }, () => item);
}

/** Not so deep that it could not be written down; what is deeper comes from changes of bytes. */
function nested(levels: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}
