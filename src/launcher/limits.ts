/** Every limit of the launcher, in one place. Durations are counted on the monotonic clock. */

export const limits = {
  /** Between SIGTERM and SIGKILL. */
  stopMillisecondsMax: 10_000,
  /** A crashed daemon is started again at once, then after 1, 2, 4, … seconds, up to this. */
  restartMillisecondsMax: 30_000,
  /** A daemon that ran this long begins again with an immediate restart. */
  steadyMilliseconds: 60_000,
  /** A daemon that refuses its settings (status 78) is asked again this seldom. */
  settingsRestartMilliseconds: 300_000,
  /** More exits than this while proving, and the old version returns. */
  provingExitsMax: 2,
  /** An exit within this time of the start, before a sign of health, is a failure to start. */
  startMillisecondsMax: 5_000,
  /** Launchers that may die while proving one switch before the old version returns. */
  attemptsMax: 3,
  /** Healthy but without a session after a probe: the next probe comes no sooner than this. */
  probeAgainSeconds: 300,
  proveSecondsMax: 86_400,
  tagCharactersMax: 1_000,
  /** A step that the disk refuses (full, read-only) is tried again this often, for ever. */
  stepAgainMilliseconds: 5_000,
  /** Between two looks at what the daemons take, and whether they still say that they are alive. */
  lookMilliseconds: 5_000,
  /** A daemon that waits takes 30 MiB; unless launcher.json says otherwise. */
  memoryMebibytesMax: { 'normal-server': 512, agent: 512 },
  /** A daemon that said that it is alive, and does not any more for so long, hangs. */
  silenceSecondsMax: 120,
  /** Committed, and no session accepted for so long while the address answers. */
  unacceptedHoursMax: 24,
  /** Then the address must have answered within this. */
  answeredMillisecondsMax: 3_600_000,
  /** Time that the previous version has for a session, when it is tried. */
  trySeconds: 300,
  /** A launcher that is tried must have all its daemons healthy within this; launcher.json may say otherwise. */
  renewalSecondsMax: 120,
  /** It ends its daemons in order first. */
  trialStopMillisecondsMax: 15_000,
  /** After a disk that did not take what a renewal has to write. */
  renewalRestMilliseconds: 300_000,
  /** How many ends of renewals are remembered. */
  renewalsMax: 20,
  /** For systemd's own program to tell it something. */
  notifyMilliseconds: 10_000,
  logBytesMax: 10 * 1024 * 1024,
  intentLineBytesMax: 64 * 1024,
  /** A longer intent file is rewritten as the few lines that add up to the same. */
  intentLinesMax: 200,
  /** Left-over daemons of a killed launcher must be gone within this. */
  leftOverMillisecondsMax: 10_000,
} as const;
