/** What the signatures of a control manager promise to whoever reads them, whoever signs. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { brand, type ComponentName, type Digest, type Instant } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import {
  againstContentItem,
  targetOfItem,
  type OfferedContent,
} from '#domain/trust/content-rules.ts';
import type { ContentSigner, SignedMetadata } from '#ports/content-signer.ts';
import type { LaneTrust } from '#ports/trust.ts';
import { sourceOf } from '../trust/tuf-for-tests.ts';

export type ContentSignerFixture = {
  /** As any later process of the control manager finds it. */
  open(): Promise<ContentSigner>;
  /** Who was installed with the organisation's root and reads what is signed. */
  reader(): LaneTrust;
  /** What stands on the disk now, to be put back later. */
  backup(): Promise<{ restore(): Promise<void> }>;
  refuse(): Promise<void>;
  mend(): Promise<void>;
  /** Waits as long as it takes, in whatever time passes there. */
  settled<Answer>(promise: Promise<Answer>): Promise<Answer>;
  readonly now: Instant;
};

const dayMilliseconds = 86_400_000;

/** `pattern 2 b`: a component, a version, and what the file holds. */
export function item(text: string): OfferedContent {
  const [component = '', version = '', content = ''] = text.split(' ');
  return {
    component: brand<ComponentName>(component),
    version,
    path: `pattern/${component}.ptn`,
    ordering: 'decimal',
    digest: brand<Digest>(createHash('sha256').update(content).digest('hex')),
    bytes: content.length,
  };
}

export function contentSignerContract(
  name: string,
  make: () => Promise<ContentSignerFixture>,
): void {
  describe(`content signer: ${name}`, () => {
    signing(make);
    rising(make);
    refusing(make);
  });
}

function value<Value>(result: Result<Value>): Value {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

async function prepared(make: () => Promise<ContentSignerFixture>) {
  const fixture = await make();
  const { settled, now } = fixture;
  let signer = await fixture.open();
  const reader = fixture.reader();
  const sign = async (texts: readonly string[], days = 0): Promise<SignedMetadata> =>
    value(await settled(signer.sign(texts.map(item), now + days * dayMilliseconds)));
  /** Why each is not believed; null: it is. */
  const read = async ({ files }: SignedMetadata, texts: readonly string[]) => {
    value(await settled(reader.refresh(sourceOf(bytesOf(files)))));
    const codes: (string | null)[] = [];
    for (const one of texts.map(item)) {
      const target = await settled(reader.target(targetOfItem(one)));
      codes.push(againstContentItem(one, target)?.code ?? null);
    }
    return codes;
  };
  const restart = async (): Promise<void> => {
    signer = await fixture.open();
  };
  return { ...fixture, sign, read, restart };
}

function bytesOf(files: SignedMetadata['files']): Map<string, Uint8Array> {
  const encoder = new TextEncoder();
  return new Map([...files].map(([file, text]) => [file, encoder.encode(text)]));
}

/** Of the timestamp: by it readers tell newer from older. */
function versionOf({ files }: SignedMetadata): number {
  const file: { signed: { version: number } } = JSON.parse(files.get('timestamp.json') ?? '');
  return file.signed.version;
}

function signing(make: () => Promise<ContentSignerFixture>): void {
  test('what is delivered is believed, and nothing else', async () => {
    const { sign, read } = await prepared(make);
    const signed = await sign(['pattern 1 a', 'engine 7 b']);
    const asked = ['pattern 1 a', 'engine 7 b', 'pattern 2 c', 'pattern 1 z'];
    const codes = [null, null, 'CONTENT_UNSIGNED', 'CONTENT_NOT_AS_SIGNED'];
    assert.deepEqual(await read(signed, asked), codes);
  });

  test('nothing at all can be signed', async () => {
    const { sign, read } = await prepared(make);
    assert.deepEqual(await read(await sign([]), ['pattern 1 a']), ['CONTENT_UNSIGNED']);
  });

  test('what was delivered before is still believed', async () => {
    const { sign, read } = await prepared(make);
    await sign(['pattern 1 a']);
    const signed = await sign(['pattern 2 b']);
    assert.deepEqual(await read(signed, ['pattern 1 a', 'pattern 2 b']), [null, null]);
  });

  test('of one version only the content that was delivered last is believed', async () => {
    const { sign, read } = await prepared(make);
    await sign(['pattern 1 a']);
    const signed = await sign(['pattern 1 b']);
    assert.deepEqual(await read(signed, ['pattern 1 a', 'pattern 1 b']), [
      'CONTENT_NOT_AS_SIGNED',
      null,
    ]);
  });

  test('asked again for the same, it answers the same', async () => {
    const { sign, restart } = await prepared(make);
    const first = await sign(['pattern 1 a', 'engine 7 b']);
    assert.deepEqual(await sign(['engine 7 b']), first);
    await restart();
    assert.deepEqual(await sign(['pattern 1 a'], 3), first);
  });
}

function rising(make: () => Promise<ContentSignerFixture>): void {
  test('it is renewed before it is too old, and not at once', async () => {
    const { sign, read, now } = await prepared(make);
    const first = await sign(['pattern 1 a']);
    const days = (first.renewAt - now) / dayMilliseconds;
    assert.ok(days > 1 && days < 6, String(days));
    const renewed = await sign(['pattern 1 a'], days);
    assert.ok(versionOf(renewed) > versionOf(first));
    assert.ok(renewed.renewAt > first.renewAt);
    assert.deepEqual(await read(renewed, ['pattern 1 a']), [null]);
  });

  test('a reader takes one state after another, over restarts', async () => {
    const { sign, read, restart } = await prepared(make);
    for (const round of [1, 2, 3, 4]) {
      const texts = [`pattern ${round} a`, 'engine 7 b'];
      assert.deepEqual(await read(await sign(texts), texts), [null, null]);
      await restart();
    }
  });

  test('over a restore of old data versions rise all the same', async () => {
    const { sign, read, restart, backup } = await prepared(make);
    await sign(['pattern 1 a']);
    const old = await backup();
    await read(await sign(['pattern 2 b']), []);
    await read(await sign(['pattern 3 c']), []);
    await old.restore();
    await restart();
    // At least as many seconds later as there were changes.
    const signed = await sign(['pattern 4 d'], 1);
    assert.deepEqual(await read(signed, ['pattern 4 d']), [null]);
  });
}

function refusing(make: () => Promise<ContentSignerFixture>): void {
  test('a disk that takes nothing refuses, and afterwards all is as it was', async () => {
    const { sign, read, open, refuse, mend, settled, now } = await prepared(make);
    const before = await sign(['pattern 1 a']);
    await refuse();
    const refused = await settled((await open()).sign([item('pattern 2 b')], now));
    assert.equal(refused.ok, false);
    await mend();
    const after = await sign(['pattern 2 b']);
    assert.ok(versionOf(after) > versionOf(before));
    assert.deepEqual(await read(after, ['pattern 1 a', 'pattern 2 b']), [null, null]);
  });
}
