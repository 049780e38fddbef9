/** One thing after the other: what reads the book and then writes it must not be overtaken. */

export type Serial = <Answer>(act: () => Promise<Answer>) => Promise<Answer>;

export function openSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const next = last.then(() => act());
    last = next.catch(() => undefined);
    return next;
  };
}
