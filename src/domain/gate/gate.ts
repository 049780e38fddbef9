/** The one arithmetic of pass, fail and inconclusive, for groups and rings. */

export type GateRule = {
  readonly percentMin: number;
  /** Fewer judged servers than this prove nothing. */
  readonly sampleMin: number;
  readonly soakSeconds: number;
};
