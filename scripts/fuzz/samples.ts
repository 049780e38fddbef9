/** Values that a schema takes, drawn from it: samples of every message, without writing them down. */

import { z } from 'zod';
import type { Chance } from '#simulation/world/chance.ts';

type Schema = z.core.JSONSchema.JSONSchema;

const ids = ['0'.repeat(64), 'a1'.repeat(32), '0f'.repeat(8)];
/** One of these has the form of whatever a schema wants. */
const texts = (
  'server-1|site-1|group a|A|HEAD|x|1.2.3|5.80.1179|5.80|linux-x64|site-1/upgrade-1|upgrade-1|' +
  'lease-1|2026-11-02T00:00:00Z|2026-11-02|08:00|5m|10 Mbit/s|127.0.0.1:4100|-|' +
  'https://example.invalid/|catalogue|POST|a/b|TOKEN_WRONG|00000000-0000-4000-8000-000000000000'
)
  .split('|')
  .concat('x'.repeat(20), ids);
const arrayMax = 3;

/** As many as asked, those that the schema itself refuses left out. */
export function samplesOf(schema: z.ZodType, count: number, chance: Chance): Uint8Array[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const drawn = Array.from({ length: count }, () => valueOf(json, json, chance));
  const taken = drawn.filter((value) => schema.safeParse(value).success);
  return (taken.length > 0 ? taken : drawn).map((value) =>
    Buffer.from(JSON.stringify(value) ?? 'null'),
  );
}

function valueOf(schema: Schema | boolean, root: Schema, chance: Chance): unknown {
  if (typeof schema === 'boolean') return chance.pick([null, 1, 'x', [], {}]);
  const { $ref: ref } = schema;
  if (ref !== undefined) {
    const name = ref.split('/').at(-1) ?? '';
    return valueOf((ref === '#' ? root : root.$defs?.[name]) ?? true, root, chance);
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return chance.pick(schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return valueOf(chance.pick(choices), root, chance);
  if (schema.allOf !== undefined) {
    const parts = schema.allOf.map((part) => valueOf(part, root, chance));
    return parts.every(isObject) ? Object.assign({}, ...parts) : parts[0];
  }
  switch (schema.type) {
    case 'object':
      return objectOf(schema, root, chance);
    case 'array':
      return arrayOf(schema, root, chance);
    case 'string':
      return stringOf(schema, chance);
    case 'integer':
    case 'number':
      return numberOf(schema, chance);
    case 'boolean':
      return chance.happens(0.5);
    case 'null':
      return null;
    default:
      return chance.pick([null, 1, 'x', [], {}]);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(schema: Schema, root: Schema, chance: Chance): unknown {
  const made: Record<string, unknown> = {};
  const required = new Set(schema.required);
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (required.has(name) || chance.happens(0.5)) made[name] = valueOf(member, root, chance);
  }
  const { additionalProperties: more } = schema;
  if (more !== undefined && typeof more === 'object') {
    const names = schema.propertyNames;
    const name = names === undefined ? chance.pick(texts) : valueOf(names, root, chance);
    if (chance.happens(0.7)) made[String(name)] = valueOf(more, root, chance);
  }
  return made;
}

function arrayOf(schema: Schema, root: Schema, chance: Chance): unknown[] {
  const { items, prefixItems, minItems = 0, maxItems = arrayMax } = schema;
  if (prefixItems !== undefined) return prefixItems.map((one) => valueOf(one, root, chance));
  const length = Math.max(minItems, Math.min(maxItems, chance.integer(0, arrayMax)));
  const item = Array.isArray(items) ? (items[0] ?? true) : (items ?? true);
  return Array.from({ length }, () => valueOf(item, root, chance));
}

function stringOf({ pattern, minLength = 0, maxLength = 1_000 }: Schema, chance: Chance): string {
  const form = pattern === undefined ? null : new RegExp(pattern, 'u');
  const fit = texts.filter(
    (text) => text.length >= minLength && text.length <= maxLength && form?.test(text) !== false,
  );
  return fit.length > 0 ? chance.pick(fit) : 'x'.repeat(Math.max(1, minLength));
}

function numberOf({ minimum = 0, maximum = 100, type }: Schema, chance: Chance): number {
  const most = Math.min(maximum, minimum + 1_000);
  return type === 'integer' ? chance.integer(minimum, most) : chance.between(minimum, most);
}
