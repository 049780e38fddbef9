/**
 * Server-sent events to browsers: one stream for each that looks. What changes while one is written
 * to is gathered, so a slow reader costs a handful of words, however large the fleet.
 */

import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '#domain/problem.ts';
import { eventsPath, type ChangedEvent, type ChangedPart } from '#protocol/console/events.ts';
import { limits } from '../link/limits.ts';
import { sendProblem } from './listener-answers.ts';
import { askingOf, type Authenticate } from './listener-asking.ts';

export type Events = {
  readonly authenticate: Authenticate<unknown>;
  now(): number;
  /** How often anything has changed. */
  count(): number;
  /** Answers what ends the telling. */
  listen(act: (parts: ReadonlySet<ChangedPart>) => void): () => void;
};

/** `build`: of the console's page, as it would be served now. */
export function addEvents(
  server: FastifyInstance,
  events: Events,
  build: string | null = null,
): void {
  const said = { life: randomUUID(), build };
  const open = new Set<ServerResponse>();
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const who = await events.authenticate(askingOf(request));
    if (!who.ok) return sendProblem(reply, who.because);
    const { viewersMax: max } = limits;
    return open.size < max ? undefined : sendProblem(reply, problem('VIEWERS_TOO_MANY', { max }));
  };
  server.post(eventsPath, { onRequest, bodyLimit: 1_024 }, (_request, reply) => {
    const { raw } = reply;
    void reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    open.add(raw);
    const end = tell(raw, events, said);
    raw.once('close', () => {
      open.delete(raw);
      end();
    });
  });
  // A stream has no end of its own: without this the listener would wait for it.
  server.addHook('preClose', async () => open.forEach((raw) => raw.end()));
}

/** Answers what ends it. */
function tell(
  raw: ServerResponse,
  events: Events,
  said: Pick<ChangedEvent, 'life' | 'build'>,
): () => void {
  const waiting = new Set<ChangedPart>();
  let timer: NodeJS.Timeout | null = null;
  const write = (): void => {
    timer = null;
    // Whoever does not read is told later, all at once.
    if (raw.writableNeedDrain) return;
    const event: ChangedEvent = {
      ...said,
      number: events.count(),
      at: events.now(),
      parts: [...waiting],
    };
    waiting.clear();
    raw.write(`data: ${JSON.stringify(event)}\n\n`);
  };
  const soon = (): void => {
    if (waiting.size > 0) timer ??= setTimeout(write, limits.eventsGatheredMs);
  };
  const forget = events.listen((parts) => {
    for (const part of parts) waiting.add(part);
    soon();
  });
  raw.on('drain', soon);
  write();
  const beat = setInterval(write, limits.eventsBeatMs);
  // Who it is is asked again with the next one.
  const last = setTimeout(() => raw.end(), limits.eventsLifeMs);
  return () => {
    forget();
    if (timer !== null) clearTimeout(timer);
    clearInterval(beat);
    clearTimeout(last);
  };
}
