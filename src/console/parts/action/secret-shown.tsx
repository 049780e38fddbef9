/** A secret in the one moment in which it is shown: to copy, and with what must be known of it. */

import { useWords } from '../../app/language.tsx';
import { CliLine } from './cli-line.tsx';

export function SecretShown({ secret }: { readonly secret: string }) {
  const words = useWords();
  return (
    <>
      <p>{words.text('action.shownOnce')}</p>
      <CliLine line={secret} />
    </>
  );
}
