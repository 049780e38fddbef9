/** Server-sent events as they come. Read by hand, because a browser's own reader cannot `POST`. */

import type { Problem } from '#domain/problem.ts';
import { changedEvent, eventsPath, type ChangedEvent } from '#protocol/console/events.ts';
import { refusalIn } from './call.ts';

/** Until they end; answers why there were none, or null. */
export async function readEvents(
  signal: AbortSignal,
  hear: (event: ChangedEvent) => void,
): Promise<Problem | null> {
  const answer = await fetch(eventsPath, { method: 'POST', signal });
  if (!answer.ok) return refusalIn(parseJson(await answer.text()), answer.status);
  if (answer.body === null) return null;
  let rest = '';
  for await (const piece of piecesOf(answer.body.pipeThrough(new TextDecoderStream()))) {
    const events = `${rest}${piece}`.split('\n\n');
    rest = events.pop() ?? '';
    for (const text of events) {
      const parsed = changedEvent.safeParse(parseJson(text.replace(/^data: /, '')));
      if (parsed.success) hear(parsed.data);
    }
  }
  return null;
}

/** Not every browser lets a stream be read by `for await`. */
async function* piecesOf(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
