/**
 * The web console's own files. What has a hash in its name never changes; every other address is
 * the one page, which finds its way by itself. Nothing is shown to be drawn into by a stranger.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  acceptedEncodings,
  consolePage,
  type Asset,
  type ConsoleAssets,
} from './console-assets.ts';
import { sendUnknown } from './listener-answers.ts';

/** Scripts, styles and answers from here alone; no page of others may hold this one. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const securityHeaders = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  // Not less: without it a browser would not say either whose page asks, and no call is heard so.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

export function addConsole(server: FastifyInstance, assets: ConsoleAssets): void {
  server.get('/*', async (request, reply) => {
    const [path = '/'] = request.url.split('?', 1);
    // Calls are no pages: who asks for one in a wrong way is told so.
    if (path.startsWith('/v1/')) return sendUnknown(request, reply);
    const accepted = acceptedEncodings(request.headers['accept-encoding']);
    const asset = await assets.find(path, accepted);
    if (asset !== null && path !== consolePage) return send(reply, asset, lifeOf(path));
    if (path.startsWith('/assets/')) return sendUnknown(request, reply);
    return sendPage(request, reply, await assets.find(consolePage, accepted));
  });
}

function sendPage(request: FastifyRequest, reply: FastifyReply, page: Asset | null): FastifyReply {
  return page === null ? sendUnknown(request, reply) : send(reply, page, 'no-cache');
}

function lifeOf(path: string): string {
  return path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}

function send(reply: FastifyReply, asset: Asset, life: string): FastifyReply {
  const { type, encoding, bytes } = asset;
  void reply
    .headers(securityHeaders)
    .header('cache-control', life)
    .header('vary', 'accept-encoding')
    .type(type);
  if (encoding !== null) void reply.header('content-encoding', encoding);
  return reply.send(bytes);
}
