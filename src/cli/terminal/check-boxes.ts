/** Check boxes on a terminal: arrows or j/k move, the space bar ticks, Enter ends, Ctrl-C gives up. */

import { emitKeypressEvents } from 'node:readline';

export type Box = { readonly value: string; readonly label: string; readonly isTicked: boolean };

export type Keys = {
  /** Answers a function that stops hearing them. */
  hear(key: (name: string) => void): () => void;
  draw(text: string): void;
};

/** null: given up. Enter counts only when something is ticked. */
export function chooseBoxes(
  keys: Keys,
  { question, boxes }: { readonly question: string; readonly boxes: readonly Box[] },
): Promise<readonly string[] | null> {
  const ticked = new Set(boxes.filter(({ isTicked }) => isTicked).map(({ value }) => value));
  let at = 0;
  const draw = (): void =>
    keys.draw(
      [
        question,
        ...boxes.map(
          ({ value, label }, place) =>
            `${place === at ? '>' : ' '} [${ticked.has(value) ? 'x' : ' '}] ${label}`,
        ),
      ].join('\n'),
    );
  draw();
  return new Promise((resolve) => {
    const end = (answer: readonly string[] | null): void => {
      stop();
      resolve(answer);
    };
    const stop = keys.hear((name) => {
      const value = boxes[at]?.value;
      if (name === 'give-up') return end(null);
      if (name === 'return' && ticked.size > 0) {
        return end(boxes.map((box) => box.value).filter((one) => ticked.has(one)));
      }
      if (name === 'up' || name === 'k') at = (at + boxes.length - 1) % boxes.length;
      if (name === 'down' || name === 'j') at = (at + 1) % boxes.length;
      if (name === 'space' && value !== undefined && !ticked.delete(value)) ticked.add(value);
      draw();
    });
  });
}

export function terminalKeys(live: { draw(text: string): void; done(): void }): Keys {
  return {
    draw: (text) => live.draw(text),
    hear(key) {
      const { stdin } = process;
      emitKeypressEvents(stdin);
      stdin.setRawMode(true);
      stdin.resume();
      const heard = (_: unknown, typed: { readonly name?: string; readonly ctrl?: boolean }) => {
        if (typed.ctrl === true && typed.name === 'c') key('give-up');
        else if (typed.name !== undefined) key(typed.name === 'enter' ? 'return' : typed.name);
      };
      stdin.on('keypress', heard);
      return () => {
        stdin.off('keypress', heard);
        stdin.setRawMode(false);
        stdin.pause();
        live.done();
      };
    },
  };
}
