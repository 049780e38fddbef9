import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson, utf8Bytes } from './canonical-json.ts';

test('one text for one value, whatever the order of its keys', () => {
  const value = {
    b: 1,
    '10': true,
    a: [1, { d: null, c: 'x\n' }, []],
    é: {},
    Z: 'Z',
    gone: undefined,
  };
  const text = '{"10":true,"Z":"Z","a":[1,{"c":"x\\n","d":null},[]],"b":1,"é":{}}';
  assert.equal(canonicalJson(value), text);
  assert.equal(canonicalJson(JSON.parse(text)), text);
  for (const one of [null, 5, 'text', false]) assert.equal(canonicalJson(one), JSON.stringify(one));
});

test('the bytes of a text are those of its UTF-8', () => {
  const edges = [
    '',
    'a',
    '\u007F',
    '\u0080',
    '\u07FF',
    '\u0800',
    '\uFFFF',
    '\u{10000}',
    '\u{10FFFF}',
  ];
  for (const text of [...edges, edges.join('')]) {
    assert.equal(utf8Bytes(text), Buffer.byteLength(text), JSON.stringify(text));
  }
});
