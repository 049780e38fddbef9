/** What was done, said for a moment in a corner; nothing that must be read stands only here. */

import { createContext, use, useState, type ReactNode } from 'react';
import { useWords } from '../../app/language.tsx';
import { Icon } from '../text/icon.tsx';

const shownMs = 6_000;
const shownMax = 4;

type Toast = { readonly id: number; readonly text: string };

const Context = createContext<(text: string) => void>(() => undefined);

let made = 0;

export function Toasts({ children }: { readonly children: ReactNode }) {
  const words = useWords();
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const remove = (id: number): void => setToasts((all) => all.filter((one) => one.id !== id));
  const say = (text: string): void => {
    const id = ++made;
    setToasts((all) => [...all, { id, text }].slice(-shownMax));
    window.setTimeout(() => remove(id), shownMs);
  };
  return (
    <Context value={say}>
      {children}
      <div className="toasts" role="status">
        {toasts.map(({ id, text }) => (
          <div className="toast" key={id}>
            {text}
            <button
              type="button"
              className="button"
              data-look="small"
              aria-label={words.text('action.close')}
              onClick={() => remove(id)}
            >
              <Icon name="close" />
            </button>
          </div>
        ))}
      </div>
    </Context>
  );
}

export function useToast(): (text: string) => void {
  return use(Context);
}
