/** Server-sent events as they come. Read by hand, because a browser's own reader cannot `POST`. */

import { changedEvent, eventsPath, type ChangedEvent } from '#protocol/console/events.ts';

export async function readEvents(
  signal: AbortSignal,
  hear: (event: ChangedEvent) => void,
): Promise<void> {
  const answer = await fetch(eventsPath, { method: 'POST', signal });
  if (!answer.ok || answer.body === null) return;
  let rest = '';
  for await (const piece of piecesOf(answer.body.pipeThrough(new TextDecoderStream()))) {
    const events = `${rest}${piece}`.split('\n\n');
    rest = events.pop() ?? '';
    for (const text of events) {
      const parsed = changedEvent.safeParse(parseJson(text.replace(/^data: /, '')));
      if (parsed.success) hear(parsed.data);
    }
  }
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
