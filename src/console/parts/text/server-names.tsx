/** Which servers something is about: some by name, and how many there are. */

import { useWords } from '../../app/language.tsx';

const namedMax = 8;

export function ServerNames({ servers }: { readonly servers: readonly string[] }) {
  const words = useWords();
  const rest = servers.length - namedMax;
  return (
    <p>
      {servers.slice(0, namedMax).join(', ')}
      {rest > 0 ? ` ${words.text('fleet.andMore', { servers: rest })}` : ''}
    </p>
  );
}
