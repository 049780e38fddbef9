/**
 * Stands in for `node:test` within a worker: tests are collected while their file is loaded, then
 * run one after another until one fails. Knows only what the tests of the domain use; another
 * part of `node:test` fails when it is imported, so that no test is left out in silence.
 */

type Body = () => unknown;
type Collected = { readonly name: string; readonly body: Body };

let collected: Collected[] = [];
let around: readonly string[] = [];

export function test(name: string, body: Body): void {
  collected.push({ name: [...around, name].join(' > '), body });
}

export function describe(name: string, body: Body): void {
  const outside = around;
  around = [...outside, name];
  body();
  around = outside;
}

/** The name of the first test that fails, or null when all passed. */
export async function runCollected(): Promise<{ failed: string | null; count: number }> {
  const tests = collected;
  collected = [];
  for (const { name, body } of tests) {
    try {
      await body();
    } catch {
      return { failed: name, count: tests.length };
    }
  }
  return { failed: null, count: tests.length };
}
