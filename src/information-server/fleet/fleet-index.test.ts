import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type DomainName, type ServerId } from '#domain/names.ts';
import type { ListedServer } from '#domain/fleet/listed-server.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { Rows } from '#ports/journal.ts';
import { FleetIndex } from './fleet-index.ts';
import { nothingTouched, type Touched } from './watched-rows.ts';

/** Rows that count how often the whole fleet is read; `meanwhile` runs while it is. */
class FewRows {
  readonly servers = new Map<string, FleetServer>();
  reads = 0;
  meanwhile: () => Promise<void> = async () => undefined;

  get rows(): Rows {
    const read = async (): Promise<readonly FleetServer[]> => {
      this.reads += 1;
      const found = [...this.servers.values()];
      await this.meanwhile();
      return found;
    };
    return {
      fleet: { servers: read },
      upgrades: { heads: async () => [] },
    } as unknown as Rows;
  }

  put(name: string, domain = 'web'): Touched {
    const server = { server: brand<ServerId>(name), domain: brand<DomainName>(domain) };
    this.servers.set(name, server as FleetServer);
    const touched = nothingTouched();
    touched.servers.set(server.server, server as FleetServer);
    return touched;
  }

  remove(name: string): Touched {
    this.servers.delete(name);
    const touched = nothingTouched();
    touched.servers.set(brand<ServerId>(name), null);
    return touched;
  }
}

const list = ({ server, domain }: FleetServer): ListedServer =>
  ({
    server,
    domain,
    contents: [],
    session: { state: 'none', since: null },
    os: 'Debian 12',
    program: null,
  }) as unknown as ListedServer;

const names = async (index: FleetIndex, domains?: readonly string[]): Promise<string> => {
  const sort = { by: 'server', descending: false } as const;
  const found = await index.select({ domains }, { scope: 'whole', sort });
  return found.map(({ server }) => server).join(' ');
};

test('the fleet is read once, when somebody first looks, and follows each commit', async () => {
  const few = new FewRows();
  const index = new FleetIndex(few.rows, list);
  await index.committed(few.put('b'));
  assert.equal(few.reads, 0, 'nobody looked yet');
  assert.equal(await names(index), 'b');
  await index.committed(few.put('a'));
  await index.committed(few.put('c', 'database'));
  assert.equal(await names(index), 'a b c');
  await index.committed(few.put('a', 'database'));
  assert.equal(await names(index, ['database']), 'a c');
  await index.committed(few.remove('c'));
  assert.equal(await names(index, ['database']), 'a');
  assert.equal(few.reads, 1);
});

test('what is written while the fleet is read is newer than what was read', async () => {
  const few = new FewRows();
  few.put('a');
  few.put('b');
  few.meanwhile = async () => {
    await index.committed(few.put('a', 'database'));
    await index.committed(few.remove('b'));
  };
  const index = new FleetIndex(few.rows, list);
  assert.equal(await names(index), 'a');
  assert.equal(await names(index, ['database']), 'a');
});

test('the next part of a list is of the list that was made for the first, until a commit', async () => {
  const few = new FewRows();
  few.put('a');
  const index = new FleetIndex(few.rows, list);
  const how = { scope: 'whole', sort: { by: 'server', descending: false } } as const;
  const first = await index.select({ search: 'a' }, how);
  assert.equal(await index.select({ search: 'a' }, how), first);
  const mine = await index.select({ search: 'a' }, { ...how, scope: [brand('database')] });
  assert.deepEqual([first.length, mine.length], [1, 0]);
  await index.committed(few.put('aa'));
  assert.equal((await index.select({ search: 'a' }, how)).length, 2);
});
