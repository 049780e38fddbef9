/**
 * A tree of any length: its lines are known by their number, and only those in sight are drawn. One
 * stop of the keyboard; arrows move and open, Enter chooses.
 */

import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { moved, reveal } from '../table/table-keys.ts';
import { useRowWindow, type RowWindow } from '../table/window.ts';
import { Icon } from '../text/icon.tsx';

export const treeRowHeight = 28;

export type TreeLine = {
  readonly key: string;
  readonly level: number;
  readonly text: ReactNode;
  /** Absent: it has nothing below. */
  readonly isOpen?: boolean;
  readonly isHere?: boolean;
  /** What it stands for, once that is known. */
  readonly name?: string | undefined;
};

type Props = {
  readonly label: string;
  readonly count: number;
  /** Of every number; what of those in sight is not here yet is asked for. */
  useLines(window: RowWindow): (index: number) => TreeLine;
  onToggle(index: number): void;
  onChoose(index: number, line: TreeLine): void;
};

export function Tree({ label, count, useLines, onToggle, onChoose }: Props) {
  const id = useId();
  const scroll = useRef<HTMLDivElement>(null);
  const [wished, setActive] = useState(0);
  const active = Math.min(wished, Math.max(0, count - 1));
  const shown = useRowWindow(scroll, { rowHeight: treeRowHeight, count });
  const { from, to } = shown;
  const lineAt = useLines(shown);
  const go = (index: number): void => {
    setActive(Math.min(Math.max(0, index), Math.max(0, count - 1)));
    reveal(scroll.current, { top: index * treeRowHeight, rowHeight: treeRowHeight });
  };
  const keys = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 0) / treeRowHeight) - 1);
    const next = moved(event.key, { active, page, last: count - 1 });
    const { isOpen } = lineAt(active);
    if (next !== null) go(next);
    else if (event.key === 'ArrowRight' && isOpen === false) onToggle(active);
    else if (event.key === 'ArrowLeft' && isOpen === true) onToggle(active);
    else if (event.key === 'ArrowLeft') go(above(active, lineAt));
    else if (event.key === 'Enter' || event.key === ' ') onChoose(active, lineAt(active));
    else return;
    event.preventDefault();
  };
  return (
    <div
      className="tree"
      ref={scroll}
      role="tree"
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={count === 0 ? undefined : `${id}-${active}`}
      onKeyDown={keys}
    >
      <div role="presentation" style={{ height: count * treeRowHeight }}>
        {Array.from({ length: to - from }, (_, place) => from + place).map((index) => (
          <Line
            key={index}
            id={`${id}-${index}`}
            index={index}
            line={lineAt(index)}
            isActive={index === active}
            onToggle={() => onToggle(index)}
            onChoose={() => {
              setActive(index);
              onChoose(index, lineAt(index));
            }}
          />
        ))}
      </div>
    </div>
  );
}

function Line(props: {
  readonly id: string;
  readonly index: number;
  readonly line: TreeLine;
  readonly isActive: boolean;
  onToggle(): void;
  onChoose(): void;
}) {
  const { id, index, line, isActive, onToggle, onChoose } = props;
  return (
    <div
      id={id}
      className="tree-line"
      role="treeitem"
      aria-level={line.level}
      aria-expanded={line.isOpen}
      aria-selected={line.isHere === true}
      data-active={isActive}
      style={{ top: index * treeRowHeight, paddingLeft: 4 + (line.level - 1) * 16 }}
      onClick={onChoose}
    >
      <span
        className="tree-mark"
        onClick={(event) => {
          event.stopPropagation();
          onToggle();
        }}
      >
        {line.isOpen === undefined ? null : <Icon name={line.isOpen ? 'down' : 'right'} />}
      </span>
      <span className="tree-text">{line.text}</span>
    </div>
  );
}

/** The line that this one stands below. */
function above(index: number, lineAt: (index: number) => TreeLine): number {
  const { level } = lineAt(index);
  for (let at = index - 1; at >= 0; at--) if (lineAt(at).level < level) return at;
  return index;
}
