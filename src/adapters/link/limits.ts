/** Limits of the adapters; a program's own limits stand in its `limits.ts`. */

export const limits = {
  /** Body of one console call; plans of 100,000 servers fit. */
  callBytesMax: 16 * 1024 * 1024,
  /** Unsent bytes of one waiting connection before it is cut off. */
  unsentBytesMax: 4 * 1024 * 1024,
  /** Piece in which files are read to be sent. */
  readBytes: 256 * 1024,
  /** Of all files that are being sent, together. */
  piecesBytesMax: 32 * 1024 * 1024,
  /** A reader that takes nothing for so long is cut off; a paced one may pause for minutes. */
  stalledMs: 30 * 60_000,
  /** Files that a mirror sent to somebody, and remembers. */
  mirroredMax: 300_000,
  keepAliveMs: 60_000,
  /** Between pings; a peer that answers none is cut off at the next. */
  pingMs: 20_000,
  /** The whole body of a call, from its first byte. An upload takes what it takes. */
  bodyMs: 60_000,
  /** Between two looks for headers that take too long. */
  slowLookMs: 1_000,
  /** A waiting connection that was opened and says nothing is closed. */
  firstMessageMs: 15_000,
  /** What a sender still sends after a refusal is read and dropped for so long. */
  refusedUploadMs: 30_000,
  /** An answer to what is no request has so long to be read. */
  lastAnswerMs: 1_000,
  /** Browsers that are told of changes at once. */
  viewersMax: 500,
  /** What changes within so long is told at once. */
  eventsGatheredMs: 250,
  /** Between two words on a quiet stream; a browser believes it lost after some of them. */
  eventsBeatMs: 5_000,
  /** Then the browser must show again who it is. */
  eventsLifeMs: 10 * 60_000,
} as const;

/** What one peer may take of a listener. Tests take less. */
export const edgeLimits = {
  headersMax: 64,
  headerBytesMax: 16 * 1024,
  /** To the end of the headers of a request, from its first byte; of the first, from the handshake. */
  headersMs: 10_000,
  handshakeMs: 10_000,
  /** All connections together. */
  connectionsMax: 60_000,
  /** Of one identity: its session, its downloads, and those that died without a word. */
  connectionsPerPeerMax: 32,
  /** Without a certificate that counts: those of a handshake, of an enrolment, and strangers. */
  strangersMax: 1_000,
  /** So long such a connection may last; an enrolment takes a second. */
  strangerMs: 30_000,
  /** Of one address, where nobody shows a certificate; twice as many are not even answered. */
  connectionsPerAddressMax: 60_000,
  /** Begun by one address; a whole site may stand behind one, and come back at once. */
  handshakes: { perSecond: 200, burst: 5_000 },
  /** Of one identity. */
  requests: { perSecond: 50, burst: 200 },
  /** Of one address, all together that have shown no identity: people and their commands, too. */
  strangerRequests: { perSecond: 200, burst: 2_000 },
  /** Names that are counted at once. */
  namesMax: 100_000,
  /** On one waiting connection, pings too; what comes faster is read later. */
  messages: { perSecond: 100, burst: 1_000 },
  /** A longer message counts as several. */
  bytesPerMessage: 16 * 1024,
} as const;

/** Where people and their commands come in: an office, or a proxy, may stand behind one address. */
export const consoleLimits: EdgeLimits = {
  ...edgeLimits,
  connectionsPerAddressMax: 256,
  handshakes: { perSecond: 50, burst: 500 },
};

export type EdgeLimits = {
  readonly [Name in keyof typeof edgeLimits]: (typeof edgeLimits)[Name] extends number
    ? number
    : { readonly perSecond: number; readonly burst: number };
};
