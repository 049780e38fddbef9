/**
 * Calls that need no valid certificate: to learn which organisation this is, to be enrolled, and to
 * renew a certificate that may have expired. What the caller showed goes along; who answers judges it.
 */

import type { FastifyInstance } from 'fastify';
import type { Duplex } from 'node:stream';
import type { Result } from '#domain/result.ts';
import type { Chain } from '../identity/certificate-chain.ts';
import { sendProblem } from './listener-answers.ts';

export type OpenCall = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly bytesMax: number;
  /** A text is sent as it stands, anything else as JSON. */
  answer(asked: {
    readonly body: unknown;
    /** Leaf first; empty: none was shown. The handshake proved that its key is there. */
    readonly chain: Chain;
    readonly remote: string;
  }): Promise<Result<string | object>>;
};

export function addOpenCall(
  server: FastifyInstance,
  call: OpenCall,
  chainOf: (socket: Duplex) => Chain,
): void {
  const { method, path: url, bytesMax: bodyLimit } = call;
  server.route({
    method,
    url,
    bodyLimit,
    async handler(request, reply) {
      const answer = await call.answer({
        body: request.body,
        chain: chainOf(request.raw.socket),
        remote: request.ip,
      });
      if (!answer.ok) return sendProblem(reply, answer.because);
      return reply.type('application/json; charset=utf-8').send(answer.value);
    },
  });
}
