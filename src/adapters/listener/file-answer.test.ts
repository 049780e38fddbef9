import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { answerTo } from './file-answer.ts';

const digest = 'd'.repeat(64);
const tag = `"${digest}"`;
const file = { digest, bytes: 1_000 };

function check(
  title: string,
  headers: IncomingHttpHeaders,
  expected: { status: number; body: readonly [number, number] | null; place?: string },
  bytes = file.bytes,
): void {
  test(title, () => {
    const answer = answerTo(headers, { digest, bytes });
    assert.equal(answer.status, expected.status);
    assert.deepEqual(
      answer.body === null ? null : [answer.body.from, answer.body.until],
      expected.body,
    );
    assert.equal(answer.headers['content-range'], expected.place);
    if (answer.status === 416) assert.equal(answer.headers['cache-control'], 'no-store');
    else {
      assert.equal(answer.headers['etag'], tag);
      assert.match(String(answer.headers['cache-control']), /public.*immutable/);
    }
  });
}

const whole = { status: 200, body: [0, 1_000] } as const;
const part = (from: number, until: number) => ({
  status: 206,
  body: [from, until] as const,
  place: `bytes ${from}-${until - 1}/1000`,
});
const beyond = { status: 416, body: null, place: 'bytes */1000' } as const;

check('the whole', {}, whole);
check('from somewhere on', { range: 'bytes=300-' }, part(300, 1_000));
check('a part', { range: 'bytes=300-399' }, part(300, 400));
check('the first byte', { range: 'bytes=0-0' }, part(0, 1));
check('more than there is', { range: 'bytes=900-4000' }, part(900, 1_000));
check('the last bytes', { range: 'bytes=-100' }, part(900, 1_000));
check('the last bytes, more than there are', { range: 'bytes=-4000' }, part(0, 1_000));
check('beyond the end', { range: 'bytes=1000-' }, beyond);
check('the last no bytes', { range: 'bytes=-0' }, beyond);
check('a range that ends before it begins is none', { range: 'bytes=9-5' }, whole);
check('several ranges are answered by the whole', { range: 'bytes=0-1,5-6' }, whole);
check('another unit is ignored', { range: 'lines=1-2' }, whole);
check('nothing is ignored', { range: 'bytes=-' }, whole);
check('a range of the same', { range: 'bytes=5-9', 'if-range': tag }, part(5, 10));
check('a range of another', { range: 'bytes=5-9', 'if-range': `"${'e'.repeat(64)}"` }, whole);
check('a weak tag is not the same', { range: 'bytes=5-9', 'if-range': `W/${tag}` }, whole);
check(
  'a date is not the same',
  { range: 'bytes=5-9', 'if-range': 'Mon, 23 Nov 2026 13:00:00 GMT' },
  whole,
);
check('it is there already', { 'if-none-match': tag }, { status: 304, body: null });
check('among others', { 'if-none-match': `"x", W/${tag}` }, { status: 304, body: null });
check('whatever is there', { 'if-none-match': '*' }, { status: 304, body: null });
check('another is there', { 'if-none-match': '"x"' }, whole);
check('of nothing, the whole', {}, { status: 200, body: [0, 0] }, 0);
check(
  'of nothing, no range',
  { range: 'bytes=0-' },
  { status: 416, body: null, place: 'bytes */0' },
  0,
);
