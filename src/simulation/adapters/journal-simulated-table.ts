/**
 * Rows that can be put back: what a transaction touches remembers how it was at its start, so that
 * a rollback and the list of changes cost what the transaction touched, not what there is.
 */

/** The place of one row; null: there is none (yet, or any more). */
export class Cell<Row> {
  row: Row | null = null;
  /** At the transaction's start; counts only while touched. */
  before: Row | null = null;
  isTouched = false;
}

/** What is committed, whatever a transaction under way has put there. */
export function committedRow<Row>(cell: Cell<Row>): Row | null {
  return cell.isTouched ? cell.before : cell.row;
}

export class Table<Row, Of extends Cell<Row> = Cell<Row>> {
  /** In the order in which they came to be. */
  readonly cells: Of[] = [];
  readonly #moved: (cell: Of, from: Row | null, to: Row | null) => void;
  #touched: Of[] = [];

  /** `moved` keeps indexes; it is told of rollbacks like of any other change. */
  constructor(moved: (cell: Of, from: Row | null, to: Row | null) => void = () => undefined) {
    this.#moved = moved;
  }

  /** A place more, empty. */
  add(cell: Of): Of {
    this.cells.push(cell);
    return cell;
  }

  put(cell: Of, row: Row | null): void {
    if (!cell.isTouched) {
      cell.isTouched = true;
      cell.before = cell.row;
      this.#touched.push(cell);
    }
    const from = cell.row;
    cell.row = row;
    this.#moved(cell, from, row);
  }

  rollback(): void {
    for (const cell of this.#touched) {
      const { row, before } = cell;
      cell.row = before;
      this.#moved(cell, row, before);
      settle(cell);
    }
    this.#touched = [];
  }

  /** `changed` hears of each row once, as it was at the start and as it is at the end. */
  commit(changed: (before: Row | null, after: Row | null, cell: Of) => void): void {
    // Most tables of most transactions: not one array for each.
    if (this.#touched.length === 0) return;
    for (const cell of this.#touched) {
      if (cell.row !== cell.before) changed(cell.before, cell.row, cell);
      settle(cell);
    }
    this.#touched = [];
  }

  rows(): Row[] {
    const found: Row[] = [];
    for (const { row } of this.cells) if (row !== null) found.push(row);
    return found;
  }
}

function settle(cell: Cell<unknown>): void {
  cell.isTouched = false;
  cell.before = null;
}

/** Lines that are only ever appended, numbered from one without a gap. */
export class Log<Line> {
  #lines: Line[] = [];
  /** Lines at the front that were forgotten. */
  #forgotten = 0;
  #committed = 0;

  /** Of the last line. */
  get number(): number {
    return this.#forgotten + this.#lines.length;
  }

  get committed(): number {
    return this.#committed;
  }

  append(line: Line): void {
    this.#lines.push(line);
  }

  line(number: number): Line | undefined {
    return this.#lines[number - this.#forgotten - 1];
  }

  rollback(): void {
    this.#lines.length = this.#committed - this.#forgotten;
  }

  commit(added: (line: Line) => void): void {
    for (let at = this.#committed - this.#forgotten; at < this.#lines.length; at++) {
      const line = this.#lines[at];
      if (line !== undefined) added(line);
    }
    this.#committed = this.number;
  }

  /** Those up to that number are read by nobody any more: a long run need not keep them. */
  forget(until: number): void {
    const count = Math.min(until, this.#committed) - this.#forgotten;
    if (count <= 0) return;
    this.#lines = this.#lines.slice(count);
    this.#forgotten += count;
  }

  copy(): Log<Line> {
    const copy = new Log<Line>();
    copy.#lines = this.#lines.slice(0, this.#committed - this.#forgotten);
    copy.#forgotten = this.#forgotten;
    copy.#committed = this.#committed;
    return copy;
  }
}
