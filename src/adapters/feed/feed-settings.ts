/**
 * The feed as settings.yaml names it: a folder, an update site behind HTTP, or a mirror of ClamAV. Files that it names
 * are read at the start; what is wrong with them is said there, not at the first download.
 */

import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Feed } from '#ports/feed.ts';
import { isLoopback } from '../daemon/settings-yaml.ts';
import { readText } from '../files/read-text.ts';
import { placeOfSecret } from '../secrets/given-secret.ts';
import { readFeedKey } from './feed-digests.ts';
import { openFeedFolder } from './feed-folder.ts';
import { openFeedHttp } from './feed-http.ts';

const urlCharactersMax = 2_000;

/** Names and passwords are secrets, and stand in no settings. */
const address = (of: RegExp, example: string) =>
  z
    .string()
    .max(urlCharactersMax)
    .refine(
      (text) => {
        const url = URL.parse(text);
        return url !== null && of.test(url.protocol) && `${url.username}${url.password}` === '';
      },
      { message: `an address such as ${example}, without name and password` },
    );

const file = z.string().max(4_000).refine(isAbsolute, { message: 'an absolute path' });

const site = z
  .strictObject({
    /** Of the folder that holds `server.ini`, or the databases. */
    url: address(/^https?:$/, 'https://updates.example.com/site/'),
    proxy: address(/^http:$/, 'http://proxy.example.com:8080').optional(),
    /** PEM: the only authorities that are believed of this site. */
    authorities: file.optional(),
    /** The list beside `server.ini`, as `sha256sum` writes it. */
    digests: z
      .string()
      .regex(/^[\w.-]{1,200}$/, 'the name of a file')
      .optional(),
    /** PEM, Ed25519: whose signature stands in `<digests>.sig`. */
    publicKey: file.optional(),
    /** Of ClamAV, by their names at a mirror of it; without them it is a site with a `server.ini`. */
    databases: z
      .array(z.string().regex(/^[a-z0-9]{1,32}$/, 'a name such as daily'))
      .min(1)
      .max(20)
      .refine((all) => new Set(all).size === all.length, { message: 'each of them once' })
      .optional(),
  })
  .superRefine(({ url, digests, publicKey }, context) => {
    const say = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (publicKey !== undefined && digests === undefined) say('digests', 'the list that is signed');
    const found = URL.parse(url);
    const isOpen = found?.protocol === 'http:' && !isLoopback(found.hostname);
    if (isOpen && publicKey === undefined) {
      say('url', 'https, or a publicKey: anybody on the way could change what everybody gets');
    }
  });

export const feedSetting = z.union([z.string().min(1).max(4_000), site], {
  error: 'a folder, or url with what belongs to it',
});
export type FeedSetting = z.infer<typeof feedSetting>;

export async function openFeed(
  root: string,
  setting: FeedSetting,
  contents: string,
): Promise<Result<Feed>> {
  if (typeof setting === 'string') {
    const feed = isAbsolute(setting) ? setting : join(root, setting);
    return ok(openFeedFolder({ feed, contents }));
  }
  const { url, digests = null, databases = null } = setting;
  const authorities = await textOf(setting.authorities);
  if (!authorities.ok) return authorities;
  const pem = await textOf(setting.publicKey);
  if (!pem.ok) return pem;
  const publicKey = pem.value === null ? null : readFeedKey(pem.value);
  if (pem.value !== null && publicKey === null) {
    const detail = 'it holds no public key of Ed25519';
    return refuse(problem('FILE_UNREADABLE', { file: setting.publicKey ?? '', detail }));
  }
  const proxy = await proxyOf(root, setting.proxy);
  if (!proxy.ok) return proxy;
  const folder = url.endsWith('/') ? url : `${url}/`;
  return ok(
    openFeedHttp({
      feed: {
        url: folder,
        proxy: proxy.value,
        authorities: authorities.value,
        digests,
        publicKey,
        databases,
      },
      contents,
    }),
  );
}

/** With `name:password` of its secret, if there is one. */
async function proxyOf(root: string, proxy: string | undefined): Promise<Result<string | null>> {
  if (proxy === undefined) return ok(null);
  const { file: secret, isNamed } = placeOfSecret(root, 'feed-proxy.login');
  const login = await readText(secret);
  if (!login.ok) {
    const isUnset = !isNamed && login.because.with['detail'] === 'ENOENT';
    return isUnset ? ok(proxy) : login;
  }
  const [name = '', ...password] = login.value.trim().split(':');
  const url = new URL(proxy);
  url.username = encodeURIComponent(name);
  url.password = encodeURIComponent(password.join(':'));
  return ok(url.href);
}

async function textOf(path: string | undefined): Promise<Result<string | null>> {
  return path === undefined ? ok(null) : readText(path);
}
