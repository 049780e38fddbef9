/** The servers of a ring by how they are with the content, each kind with its word and its look. */

import { causes } from '#domain/names.ts';
import type { RingCounts } from '#domain/ring/evidence.ts';
import { useWords } from '../../app/language.tsx';
import type { LanePart } from '../../parts/progress/progress-lane.tsx';

export function useLaneParts(counts: RingCounts): readonly LanePart[] {
  const words = useWords();
  const { healthy, trying, pending, vanished, failedBy } = counts;
  return [
    { tone: 'good', text: words.text('content.count.healthy'), count: healthy },
    { tone: 'busy', text: words.text('content.count.trying'), count: trying },
    { tone: 'quiet', text: words.text('content.count.pending'), count: pending },
    { tone: 'bad', text: words.text('content.count.vanished'), count: vanished },
    ...causes.map((cause): LanePart => {
      // A bad link proves nothing against the content.
      const tone = cause === 'network' ? 'warning' : 'bad';
      const text = words.text('content.count.failed', { cause: words.term('cause', cause) });
      return { tone, text, count: failedBy[cause] ?? 0 };
    }),
  ];
}
