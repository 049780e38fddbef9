/**
 * One GET at an update site of somebody else: through a proxy where one is set, by way of a few
 * redirections, never from HTTPS to HTTP. Absent: what the answer means, and asking again.
 */

import { Agent, request, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as requestSecurely } from 'node:https';
import { ok, refuse, type Result } from '#domain/result.ts';
import { feedUnreadable } from './feed-download.ts';

export type HttpSite = {
  /** Of the folder that holds `server.ini`; ends with a slash. */
  readonly url: string;
  /** With name and password in it, where it wants them; null: none. */
  readonly proxy: string | null;
  /** PEM text of the only authorities that are believed; null: those that Node knows. */
  readonly authorities: string | null;
};

export type HttpGet = (
  url: URL,
  headers: Readonly<Record<string, string>>,
) => Promise<Result<IncomingMessage>>;

export type Getting = { readonly get: HttpGet; close(): void };

const redirectionsMax = 3;
const connectionsMax = 4;
const redirections = new Set([301, 302, 303, 307, 308]);

export function openGetting(site: HttpSite, silenceMilliseconds: number): Getting {
  const proxyEnv =
    site.proxy === null ? undefined : { HTTP_PROXY: site.proxy, HTTPS_PROXY: site.proxy };
  const common = { keepAlive: true, maxSockets: connectionsMax, proxyEnv };
  const plain = new Agent(common);
  const secure = new SecureAgent({
    ...common,
    minVersion: 'TLSv1.2',
    ...(site.authorities === null ? {} : { ca: site.authorities }),
  });

  function once(url: URL, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    // What is stored and counted is the file itself, never a compressed form of it.
    const asked = {
      headers: { 'accept-encoding': 'identity', 'user-agent': 'dankai', ...headers },
    };
    const sent =
      url.protocol === 'https:'
        ? requestSecurely(url, { ...asked, agent: secure })
        : request(url, { ...asked, agent: plain });
    sent.setTimeout(silenceMilliseconds, () => sent.destroy(new Error('no answer')));
    sent.on('error', reject).on('response', resolve).end();
    return promise;
  }

  return {
    async get(first, headers) {
      let url = first;
      for (let redirected = 0; ; redirected += 1) {
        const response = await once(url, headers);
        const { location } = response.headers;
        if (!redirections.has(response.statusCode ?? 0) || location === undefined) {
          return ok(response);
        }
        response.destroy();
        const next = URL.parse(location, url);
        const isKept =
          next !== null && (next.protocol === 'https:' || next.protocol === url.protocol);
        if (!isKept || !/^https?:$/.test(next.protocol) || redirected === redirectionsMax) {
          return refuse(feedUnreadable(first.href, `leads on to ${location.slice(0, 200)}`));
        }
        url = next;
      }
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}
