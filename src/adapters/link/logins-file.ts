/**
 * What `dankai login` got, by the address it is good at: one file of this account alone, in the
 * user's folder of settings. Nothing of it is ever an argument.
 */

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Result } from '#domain/result.ts';
import { makeFolder, writeFileAtomically } from '../files/atomic-file.ts';

const loginsMax = 100;

const loginsFile = z.object({
  format: z.literal(1),
  logins: z.record(
    z.string(),
    z.object({
      person: z.string(),
      secret: z.string(),
      until: z.int(),
      /** Who answered then: nobody else gets the secret. Absent on an insecure loopback. */
      site: z.string().optional(),
    }),
  ),
});
type Login = z.infer<typeof loginsFile>['logins'][string];

export type Logins = {
  readonly file: string;
  /** null: none, or one that is over. */
  at(address: string, now: number): Promise<Login | null>;
  put(address: string, login: Login, now: number): Promise<Result<null>>;
  remove(address: string): Promise<Result<null>>;
};

/** `folder` as the surroundings name it (XDG), else `~/.config`. */
export function openLogins(folder: string | undefined): Logins {
  const file = join(folder || join(homedir(), '.config'), 'dankai', 'logins.json');
  const read = async (): Promise<Record<string, Login>> => {
    try {
      return loginsFile.parse(JSON.parse(await readFile(file, 'utf8'))).logins;
    } catch {
      return {}; // none yet; what cannot be read lets nobody in either
    }
  };
  const write = async (logins: Record<string, Login>): Promise<Result<null>> => {
    await makeFolder(dirname(file));
    return writeFileAtomically(file, `${JSON.stringify({ format: 1, logins })}\n`, 0o600);
  };
  return {
    file,
    async at(address, now) {
      const login = (await read())[address];
      return login !== undefined && now < login.until ? login : null;
    },
    async put(address, login, now) {
      const others = Object.entries(await read()).filter(
        ([at, { until }]) => at !== address && now < until,
      );
      return write(Object.fromEntries([...others.slice(1 - loginsMax), [address, login]]));
    },
    async remove(address) {
      const { [address]: _, ...others } = await read();
      return write(others);
    },
  };
}
