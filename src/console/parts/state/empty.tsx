/** Where there is nothing to show: what would stand here, and what to do about it. */

import type { ReactNode } from 'react';

type Props = {
  readonly title: string;
  readonly children?: ReactNode;
};

export function Empty({ title, children }: Props) {
  return (
    <div className="notice" data-kind="empty">
      <p className="notice-title">{title}</p>
      {children === undefined ? null : <div className="notice-text">{children}</div>}
    </div>
  );
}
