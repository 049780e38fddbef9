/** What a simulated run must never show. */

export type Violation = {
  /** The checker's name such as `I3`, or `error`, `thrown`, `stuck`. */
  readonly by: string;
  readonly what: string;
  /** Virtual time, and the number of events that had happened. */
  readonly at: number;
  readonly events: number;
  /** Found in what was left when the run was over: a run that is cut short is not looked at so. */
  readonly isOfEnd: boolean;
};
