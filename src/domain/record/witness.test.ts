import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Digest, type ServerId } from '../names.ts';
import type { ToldHead } from './line.ts';
import { judgeHead, keepHead, type HeadVerdict } from './witness.ts';

const digest = (letter: string): Digest => brand<Digest>(letter.repeat(64));
const head = (number: number, epoch = 1): ToldHead => ({
  site: brand<ServerId>('tokyo'),
  epoch,
  number,
  hash: digest('a'),
});

test('a server keeps the latest few heads, each once', () => {
  let kept: readonly ToldHead[] = [];
  for (let number = 1; number <= 12; number++) kept = keepHead(kept, head(number));
  assert.deepEqual(
    kept.map(({ number }) => number),
    [5, 6, 7, 8, 9, 10, 11, 12],
  );
  const again = keepHead(kept, head(6));
  assert.deepEqual(
    again.map(({ number }) => number),
    [5, 7, 8, 9, 10, 11, 12, 6],
  );
});

function check(title: string, told: ToldHead, found: Digest | null, expected: HeadVerdict): void {
  test(title, () => {
    assert.equal(judgeHead(told, found, [{ number: 5, epoch: 3 }]), expected);
  });
}

check('a head that stands in the chain is kept', head(9, 4), digest('a'), 'kept');
check('one beyond the end is cut', head(9, 4), null, 'cut');
check('one that is another there is cut', head(9, 4), digest('b'), 'cut');
check('one of the life before a restore, behind the backup', head(9, 2), digest('b'), 'restored');
check('one before the backup has no such excuse', head(4, 2), digest('b'), 'cut');
check('nor one that was told after the restore', head(9, 3), null, 'cut');
