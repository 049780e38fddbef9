import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ComponentName, type Digest } from '../names.ts';
import { keptBack, newestOfEach, type CurrentContent, type OfferedItem } from './kept-back.ts';

/** `pattern 1.2 a`: component, version, first letter of the digest. */
function content(text: string): CurrentContent {
  const [component = '', version = '', letter = ''] = text.split(' ');
  return {
    component: brand<ComponentName>(component),
    version,
    digest: brand<Digest>(letter.repeat(64)),
  };
}

function item(text: string): OfferedItem {
  return { ...content(text), ordering: 'dotted' };
}

function check(name: string, offered: string[], current: string[], expected: string[]): void {
  test(name, () => {
    const items = keptBack(offered.map(item), current.map(content));
    assert.deepEqual(
      items.map((one) => `${one.component} ${one.version}`),
      expected,
    );
  });
}

check('what the site lacks', ['pattern 1.2 a'], [], ['pattern 1.2']);
check('what is newer there', ['pattern 1.2 a'], ['pattern 1.1 b'], ['pattern 1.2']);
check('not what it has', ['pattern 1.2 a', 'engine 3 c'], ['pattern 1.2 a'], ['engine 3']);
check('not what is older', ['pattern 1.2 a'], ['pattern 1.10 b'], []);
check('the same version with other bytes', ['pattern 1.2 a'], ['pattern 1.2 b'], ['pattern 1.2']);
check('what is no version is shown too', ['pattern ? a'], ['pattern 1.2 b'], ['pattern ?']);
check('superseded ones are dropped', ['pattern 1.10 a', 'pattern 1.9 b'], [], ['pattern 1.10']);
check('a version that is none is shown', ['pattern 1.2 a'], ['pattern ? b'], ['pattern 1.2']);

test('of equal versions the last named counts', () => {
  const items = ['pattern 1.2 a', 'pattern 1.2 b', 'engine 3 c', 'engine 3.0 d'].map(item);
  assert.deepEqual(
    newestOfEach(items).map(({ digest }) => digest[0]),
    ['b', 'd'],
  );
});
