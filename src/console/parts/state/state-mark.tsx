/** A state: by a shape and a word, never by colour alone. */

export const tones = ['good', 'busy', 'warning', 'bad', 'quiet'] as const;
export type Tone = (typeof tones)[number];

const shapes: Record<Tone, string> = {
  good: 'M2 6.5l3 3 5-6',
  busy: 'M6 1.5a4.5 4.5 0 1 1-4.5 4.5',
  warning: 'M6 1.5l5 9H1zM6 5v2.5',
  bad: 'M2.5 2.5l7 7M9.5 2.5l-7 7',
  quiet: 'M6 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
};

export function StateMark({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <span className="state-mark" data-tone={tone}>
      <svg viewBox="0 0 12 12" aria-hidden="true" focusable="false">
        <path d={shapes[tone]} />
      </svg>
      {children}
    </span>
  );
}
