import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brand, type PersonName } from '../names.ts';
import { isAtLeast, narrowed, roles, type Person, type Role, type Scope } from './person.ts';
import {
  controlManagerRights,
  informationServerRights,
  mayCall,
  type Right,
  type Rights,
} from './rights.ts';

const sato = (role: Role, scope: Scope = 'whole'): Person => ({
  name: brand<PersonName>('sato'),
  role,
  scope,
});

function codeOf(
  rights: Rights,
  asked: { person: Person; call: string; target: Scope | 'nothing' },
): string {
  const verdict = mayCall(rights, asked);
  return verdict.go ? 'go' : verdict.because.code;
}

const tiers: readonly (readonly [string, Rights])[] = [
  ['information server', informationServerRights],
  ['control manager', controlManagerRights],
];

for (const [tier, rights] of tiers) {
  for (const [call, { role, reach }] of Object.entries<Right>(rights)) {
    test(`${tier}: ${call} is allowed from ${role} upwards, refused below`, () => {
      for (const one of roles) {
        const expected = isAtLeast(one, role) ? 'go' : 'ROLE_TOO_LOW';
        const asked = { person: sato(one), call, target: ['tokyo'] };
        assert.equal(codeOf(rights, asked), expected, one);
      }
    });

    test(`${tier}: ${call} for somebody responsible for a part`, () => {
      const person = sato('administrator', ['tokyo', 'osaka']);
      const said = (target: Scope) => codeOf(rights, { person, call, target });
      const elsewhere = reach === 'nothing' ? 'go' : 'SCOPE_TOO_SMALL';
      const inside = reach === 'whole' ? 'SCOPE_TOO_SMALL' : 'go';
      assert.deepEqual(
        [said(['tokyo']), said(['tokyo', 'osaka']), said(['tokyo', 'nagoya']), said('whole')],
        [inside, inside, elsewhere, elsewhere],
      );
    });
  }
}

test('a call that nobody wrote into the table is allowed to nobody', () => {
  for (const call of ['no.such', 'toString', '__proto__']) {
    const asked = { person: sato('administrator'), call, target: 'nothing' } as const;
    assert.equal(codeOf(informationServerRights, asked), 'CALL_UNKNOWN');
  }
});

const person: fc.Arbitrary<Person> = fc.record({
  name: fc.constant(brand<PersonName>('sato')),
  role: fc.constantFrom(...roles),
  scope: fc.oneof(
    fc.constant<'whole'>('whole'),
    fc.uniqueArray(fc.constantFrom('tokyo', 'osaka', 'nagoya'), { maxLength: 3 }),
  ),
});
const target = fc.oneof(
  fc.constantFrom<'nothing' | 'whole'>('nothing', 'whole'),
  fc.uniqueArray(fc.constantFrom('tokyo', 'osaka', 'nagoya'), { minLength: 1, maxLength: 3 }),
);
const call = fc.constantFrom(...Object.keys(informationServerRights));

test('a token never allows what its person may not, nor what it was not made for', () => {
  fc.assert(
    fc.property(person, person, call, target, (owner, made, asked, touched) => {
      const both = narrowed(owner, made);
      const may = (one: Person) =>
        mayCall(informationServerRights, { person: one, call: asked, target: touched }).go;
      assert.equal(may(both), may(owner) && may(made));
    }),
  );
});

test('a higher role or a larger scope never takes a right away', () => {
  fc.assert(
    fc.property(person, call, target, (one, asked, touched) => {
      const ask = (who: Person) =>
        mayCall(informationServerRights, { person: who, call: asked, target: touched }).go;
      if (!ask(one)) return;
      for (const role of roles.filter((higher) => isAtLeast(higher, one.role))) {
        assert.ok(ask({ ...one, role }));
        assert.ok(ask({ ...one, role, scope: 'whole' }));
      }
    }),
  );
});
