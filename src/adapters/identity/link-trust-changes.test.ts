/** What happens to connections that are open when who we are changes, or who is refused: real TLS. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { againstRule, informationServerOf, normalServerOf } from '#domain/trust/admission.ts';
import { nextNoticeNumber } from '#domain/trust/notices.ts';
import { X509Certificate } from 'node:crypto';
import { systemClock } from '../daemon/clock-system.ts';
import { dial } from '../link/dial-websocket.ts';
import { openLinkTrust, type LinkTrust } from './link-trust.ts';
import { openListener } from '../listener/listener-fastify.ts';
import { noticeFiles } from './notice-files.ts';
import { openNotices } from './notices-disk.ts';
import {
  testOrganisation,
  type Credentials,
  type TestSite,
} from '../organisation/organisation.testing.ts';
import { makeRefusedAuthorities } from './refused-authorities.ts';
import type { SocketLink } from '../link/socket-link.ts';
import { writeOrganisation } from './trust-files.ts';

const log = pino({ level: 'silent' });

async function until(what: string, isSo: () => boolean, milliseconds = 10_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!isSo()) {
    assert.ok(performance.now() < end, `in vain: ${what}`);
    await pause(5);
  }
}

async function listening(context: TestContext, site: TestSite, trust: LinkTrust) {
  const links: SocketLink[] = [];
  const listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    security: { kind: 'mutual', trust },
    log,
    sockets: [
      {
        path: '/v1/session',
        admit: (peer) =>
          againstRule(normalServerOf(site.informationServer.identity), peer?.identity ?? null),
        messageBytesMax: 1_000,
        accept: (link) => {
          links.push(link);
          link.onClose(() => links.splice(links.indexOf(link), 1));
        },
      },
    ],
  });
  context.after(() => listener.close());
  return { address: listener.address, links };
}

function dialling(context: TestContext, trust: LinkTrust, address: () => string) {
  const lines: string[] = [];
  const state = { opened: 0, isOpen: false };
  const dialler = dial({
    address,
    path: '/v1/session',
    security: {
      trust,
      expects: (peer) => {
        const own = trust.current()?.identity;
        return own !== undefined && informationServerOf(own)(peer);
      },
    },
    messageBytesMax: 1_000,
    clock: systemClock,
    chance: () => 0,
    log: pino({}, { write: (line: string) => void lines.push(line) }),
    opened(link) {
      state.opened += 1;
      state.isOpen = true;
      link.send({ hello: 1 });
      link.onClose(() => (state.isOpen = false));
    },
  });
  context.after(() => dialler.close());
  return Object.assign(state, { lines });
}

test('a server that moves to another site ends the connection to its old one at once', async (context) => {
  const organisation = await testOrganisation();
  const { site: tokyo, standing } = organisation;
  const osaka = await organisation.addSite('osaka');
  const there = await listening(context, tokyo, openLinkTrust(standing(tokyo.informationServer)));
  const later = await listening(context, osaka, openLinkTrust(standing(osaka.informationServer)));
  const own = openLinkTrust(standing(await tokyo.normalServer('a1')));
  let address = there.address;
  const seen = dialling(context, own, () => address);
  await until('a connection to tokyo', () => there.links.length === 1);
  // A renewal of the same identity disturbs nobody.
  own.stands(standing(await tokyo.normalServer('a1')));
  await pause(50);
  assert.equal(there.links.length, 1);
  address = later.address;
  own.stands(standing(await osaka.normalServer('a1')));
  await until('the end of the connection to tokyo', () => there.links.length === 0, 1_000);
  await until('a connection to osaka', () => later.links.length === 1);
  await until('its opening here', () => seen.opened === 2);
});

test('an information server of another site is refused by a server that dials it', async (context) => {
  const organisation = await testOrganisation();
  const { site: tokyo, standing } = organisation;
  const osaka = await organisation.addSite('osaka');
  const there = await listening(context, osaka, openLinkTrust(standing(osaka.informationServer)));
  const own = openLinkTrust(standing(await tokyo.normalServer('a1')));
  const seen = dialling(context, own, () => there.address);
  await until('a refusal', () => seen.lines.some((line) => line.includes('link-refused')));
  assert.match(seen.lines.join('\n'), /osaka\.acme\.dankai\/information-server/);
  assert.equal(seen.opened, 0);
});

/** A computer's ROOT, as far as notices go, and the trust of one program on it. */
async function computer(
  context: TestContext,
  organisation: Awaited<ReturnType<typeof testOrganisation>>,
  shown: Credentials,
) {
  const root = await mkdtemp(join(tmpdir(), 'dankai-notices-'));
  context.after(() => rm(root, { recursive: true }));
  await writeOrganisation(root, organisation.text);
  const notices = await openNotices(root, { clock: systemClock, log });
  assert.ok(notices.ok);
  context.after(() => notices.value.close());
  const trust = openLinkTrust(organisation.standing(shown), notices.value);
  return { root, notices: notices.value, trust };
}

const serialOf = ({ authority }: TestSite): string =>
  new X509Certificate(authority.certificate).serialNumber.toLowerCase();

test('an authority that is taken back: its peers are shown out at once, and let in nowhere', async (context) => {
  const organisation = await testOrganisation();
  const { site: tokyo, root } = organisation;
  const again = await organisation.addSite('tokyo');
  const now = Date.now();
  const list = await makeRefusedAuthorities(root, {
    number: nextNoticeNumber(null, now),
    now,
    authorities: [{ serial: serialOf(tokyo), at: now }],
  });
  // The server's own computer hears of it.
  const above = await computer(context, organisation, tokyo.informationServer);
  const below = await computer(context, organisation, await tokyo.normalServer('a1'));
  const there = await listening(context, tokyo, above.trust);
  const seen = dialling(context, below.trust, () => there.address);
  await until('a connection', () => there.links.length === 1);
  assert.ok((await below.notices.take({ 'refused-authorities': list }, 'test')).ok);
  await until('its end', () => there.links.length === 0, 1_000);
  await until('a refusal', () => seen.lines.some((line) => line.includes('AUTHORITY_REFUSED')));
  assert.equal(seen.opened, 1);

  // The information server's does: here all the others are under a new authority of the same site.
  const renewed = await computer(context, organisation, again.informationServer);
  const anew = await listening(context, again, renewed.trust);
  const old = openLinkTrust(organisation.standing(await tokyo.normalServer('a2')));
  const fresh = openLinkTrust(organisation.standing(await again.normalServer('a3')));
  const stolen = dialling(context, old, () => anew.address);
  const honest = dialling(context, fresh, () => anew.address);
  await until('both connected', () => anew.links.length === 2);
  assert.ok((await renewed.notices.take({ 'refused-authorities': list }, 'test')).ok);
  await until('the end of one', () => anew.links.length === 1, 5_000);
  await until('its refusal', () => stolen.lines.some((line) => line.includes('AUTHORITY_REFUSED')));
  assert.ok(!stolen.isOpen && honest.isOpen);
});

test('a program hears within seconds what another one of its computer took', async (context) => {
  const organisation = await testOrganisation();
  const { site: tokyo, root } = organisation;
  const now = Date.now();
  const here = await computer(context, organisation, tokyo.agent);
  const authorities = [{ serial: serialOf(tokyo), at: now }];
  const list = await makeRefusedAuthorities(root, { number: 7, now, authorities });
  let isTold = false;
  here.notices.onTaken(() => (isTold = true));
  await writeFile(join(here.root, 'trust', noticeFiles['refused-authorities']), list);
  await until('the telling', () => isTold, 15_000);
  assert.ok(here.notices.isRefused(serialOf(tokyo)));
});
