/** Limits of the adapters; a program's own limits stand in its `limits.ts`. */

export const limits = {
  /** Body of one console call; plans of 100,000 servers fit. */
  callBytesMax: 16 * 1024 * 1024,
  /** Unsent bytes of one waiting connection before it is cut off. */
  unsentBytesMax: 4 * 1024 * 1024,
  /** Piece in which files are read to be sent. */
  readBytes: 256 * 1024,
  keepAliveMs: 60_000,
  /** Between pings; a peer that answers none is cut off at the next. */
  pingMs: 20_000,
  /** The whole body of a call, from its first byte. An upload takes what it takes. */
  bodyMs: 60_000,
  /** A waiting connection that was opened and says nothing is closed. */
  firstMessageMs: 15_000,
  /** What a sender still sends after a refusal is read and dropped for so long. */
  refusedUploadMs: 30_000,
} as const;
