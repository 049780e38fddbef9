/** Every limit of the normal server, in one place. */

export const limits = {
  /** Downloads at a time in each lane; more would only share the same link. */
  stagingMax: 1,
  manifestBytesMax: 1024 * 1024,
  /** Silence after a request for a lease; then it is asked anew, later. */
  askMilliseconds: 30_000,
  /** Silence after 'May I still?' means no. */
  confirmMilliseconds: 10_000,
  /** After a refusal, unless the information server speaks first. */
  askAgainMilliseconds: 60_000,
  /** After a failure here; doubled with each one in a row. */
  retryMillisecondsMin: 60_000,
  retryMillisecondsMax: 3_600_000,
  /** A launcher that was asked for a switch and neither switches nor answers is too busy. */
  launcherMilliseconds: 120_000,
  launcherAttemptsMax: 3,
  /** Time that a new version of the daemons themselves has to prove itself. */
  proveSeconds: 60,
  /** Failures of the link in a row before they are told as an outcome. */
  networkFailuresMax: 5,
  /** So long is a delta waited for that is being made. Content is wanted sooner than it is small. */
  deltaSecondsMax: { program: 1_200, content: 60 },
  progressMillisecondsMin: 500,
  /** Releases whose bytes are remembered; the oldest that are not wanted give way. */
  receivedMax: 20,
  /** Contents that are kept beside the current one. */
  contentsKept: 2,
  /** Program versions that are kept beside the current one. */
  programsKept: 1,
  /** Between two looks at what this computer is now; asked by the tier above, it looks at once. */
  inventoryMilliseconds: 10 * 60_000,
  /** Free space that changed by less than this is no news. */
  inventoryBytesMin: 64 * 1024 * 1024,
  /** Time until the tier above has to answer a hello. */
  welcomeMilliseconds: 20_000,
  detailCharactersMax: 2_000,
  intentLinesMax: 200,
  /** In the middle of a switch, a disk that refuses is asked again this often. */
  diskAgainMilliseconds: 5_000,
} as const;
