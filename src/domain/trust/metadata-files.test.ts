import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadataNamePattern } from './metadata-files.ts';

function check(name: string, isName: boolean): void {
  test(JSON.stringify(name), () => assert.equal(metadataNamePattern.test(name), isName));
}

check('timestamp.json', true);
check('1.root.json', true);
check('1763870400.targets.json', true);
check('12.snapshot.json', true);
check('0.root.json', false);
check('01.root.json', false);
check('root.json', false);
check('1.timestamp.json', false);
check('1.root.json\n', false);
check('../1.root.json', false);
check('a/timestamp.json', false);
check('TIMESTAMP.json', false);
check('12345678901.targets.json', false);
