/** The frame of every page: its title, what it is about, what can be done, and its body. */

import { useEffect, type ReactNode } from 'react';

type Props = {
  readonly title: string;
  /** Where in the whole this stands, above the title. */
  readonly above?: ReactNode;
  /** Beside the title: a state, a count. */
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
  /** `fixed`: the body scrolls in its own parts, as a table does. */
  readonly body?: 'flowing' | 'fixed';
  readonly children: ReactNode;
};

export function Page({ title, above, beside, actions, body = 'flowing', children }: Props) {
  useEffect(() => {
    document.title = `${title} – Dankai`;
  }, [title]);
  return (
    <main className="page" id="main" tabIndex={-1}>
      <header className="page-header">
        <div className="page-heading">
          {above === undefined ? null : <div className="page-above">{above}</div>}
          <div className="page-title">
            <h1>{title}</h1>
            {beside}
          </div>
        </div>
        {actions === undefined ? null : <div className="page-actions">{actions}</div>}
      </header>
      <div className="page-body" data-body={body}>
        {children}
      </div>
    </main>
  );
}
