/**
 * Says that what is shown is old, and how old, for as long as nothing new can be heard; and that
 * the page itself is old, once the server is of another version.
 */

import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { useLiveness } from '../data/live.tsx';
import { useWords } from './language.tsx';
import { ageOf } from './times.ts';

export function LiveNotice() {
  const words = useWords();
  const liveness = useLiveness();
  const now = useSeconds(liveness.state === 'lost');
  if (liveness.state === 'live') return null;
  if (liveness.state === 'outdated') {
    return (
      <p className="live-notice" data-state="outdated" role="status">
        {words.text('live.outdated')}
        <Button className="button" data-look="small" onPress={() => window.location.reload()}>
          {words.text('live.reload')}
        </Button>
      </p>
    );
  }
  const { key, count } = ageOf(now - liveness.since);
  return (
    <p className="live-notice" role="status">
      {words.text('live.lost', { age: words.text(key, { count }) })}
    </p>
  );
}

function useSeconds(isCounting: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isCounting) return undefined;
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, [isCounting]);
  return now;
}
