/** A part of a page under a heading of its own. */

import { useId, type ReactNode } from 'react';

type Props = {
  readonly title: string;
  readonly beside?: ReactNode;
  readonly children: ReactNode;
};

export function Section({ title, beside, children }: Props) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-title">
        <h2 id={id}>{title}</h2>
        {beside}
      </div>
      {children}
    </section>
  );
}
