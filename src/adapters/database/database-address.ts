/** The address of a PostgreSQL database as people may see it: no user, no password, no options. */

/** null: it is no such address. */
export function databaseAddress(url: string): string | null {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) return null;
  return `postgres://${parsed.host || 'localhost'}${parsed.pathname}`;
}
