import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brand, namePattern, type ServerId } from '../names.ts';
import { identityText, parseIdentity, type Identity } from './identity.ts';

const place = { site: 'tokyo', organisation: 'acme' };

function check(text: string, expected: Identity | null): void {
  test(`${text} is ${expected === null ? 'nobody' : expected.role}`, () => {
    assert.deepEqual(parseIdentity(text), expected);
    if (expected !== null) assert.equal(identityText(expected), text);
  });
}

check('spiffe://tokyo.acme.dankai/information-server', { ...place, role: 'information-server' });
check('spiffe://tokyo.acme.dankai/agent', { ...place, role: 'agent' });
check('spiffe://tokyo.acme.dankai/normal-server/files-01', {
  ...place,
  role: 'normal-server',
  server: brand<ServerId>('files-01'),
});
check('spiffe://tokyo.acme.dankai/normal-server/%E5%80%89%E5%BA%AB', {
  ...place,
  role: 'normal-server',
  server: brand<ServerId>('倉庫'),
});
check('spiffe://head-office.acme.dankai/control-manager', {
  organisation: 'acme',
  site: 'head-office',
  role: 'control-manager',
});

// The stolen key of a site can sign any role of its own site; this one is not among them.
check('spiffe://tokyo.acme.dankai/control-manager', null);
check('spiffe://head-office.acme.dankai/information-server', null);
check('spiffe://head-office.acme.dankai/normal-server/files-01', null);
// One text for each identity.
check('spiffe://Tokyo.acme.dankai/agent', null);
check('spiffe://tokyo.acme.dankai/agent/', null);
check('spiffe://tokyo.acme.dankai/agent/files-01', null);
check('spiffe://tokyo.acme.dankai:443/agent', null);
check('spiffe://a.tokyo.acme.dankai/agent', null);
check('spiffe://tokyo.acme.dankai.evil/agent', null);
check('spiffe://-.acme.dankai/agent', null);
check('spiffe://tokyo.acme.dankai/normal-server/%66iles-01', null);
check('spiffe://tokyo.acme.dankai/normal-server/files%2F01', null);
check('spiffe://tokyo.acme.dankai/normal-server/..', null);
check('spiffe://tokyo.acme.dankai/normal-server/%E5', null);
check('spiffe://tokyo.acme.dankai/normal-server/', null);
check('spiffe://tokyo.acme.dankai/normal-server', null);
check('spiffe://tokyo.acme.dankai/server/files-01', null);
check('https://tokyo.acme.dankai/agent', null);
check('', null);

test('every name of a server comes back as it went', () => {
  const names = fc.string({ unit: 'grapheme' }).filter((name) => namePattern.test(name));
  fc.assert(
    fc.property(names, (name) => {
      const identity: Identity = {
        ...place,
        role: 'normal-server',
        server: brand<ServerId>(name),
      };
      assert.deepEqual(parseIdentity(identityText(identity)), identity);
    }),
  );
});
