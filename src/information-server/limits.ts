/** Limits of the information server, by name. */

export const limits = {
  /** Events that wait for their batch; beyond it a session is cut off and comes back later. */
  queueMax: 200_000,
  /** Events in one transaction. */
  batchMax: 500,
  /** Rows whose deadline is over, looked at per tick. */
  dueMax: 500,
  tickMs: 1_000,
  /** An identity used twice is free again when only one of the two was heard for so long. */
  cloneQuietMs: 120_000,
  clonesMax: 16,
  /** Servers whose lives are remembered, so that the copy of a whole disk is noticed. */
  livesMax: 200_000,
  /** A server's fence may be this far ahead: epochs are seconds, and a clock may begin in 1970. */
  epochsAheadMax: 4_000_000_000,
  /** After a start: the longest pause between two attempts of a server to connect, and some. */
  reconnectMs: 20_000,
  /** Servers told of new content per second (the pace of a catch-up). */
  publishPerSecond: 50,
  /** All servers of a large site are told within so long, in portions of so many. */
  publishAllSeconds: 5,
  publishPortion: 100,
  /** After a restart servers come back at this pace, so that none is too late to be heard. */
  reconnectsPerSecond: 500,
  /** They wait no longer than this for it; less than `reconnectMs`. */
  spreadSecondsMax: 15,
  /** Waits for an answer of a server to `identify`. */
  identifyMs: 20_000,
  /** Waits for what its doctor finds, which tries ports and names, and for the end of a log. */
  doctorMs: 25_000,
  logMs: 10_000,
  /** Such questions under way at a time, all people together. */
  careAtOnceMax: 20,
  /** What a server said of its disk is believed for so long before it is asked again. */
  inventoryFreshMs: 10_000,
  /** All are asked at once; who does not answer in this time is counted as it last said. */
  inventoryMs: 2_000,
  /** Servers that are asked which heads of the record they know, and so many at a time. */
  witnessesMax: 2_000,
  witnessesAtOnceMax: 50,
  /** The record's head is written elsewhere after so many lines, or so long if any came. */
  headsElsewhereLines: 100,
  headsElsewhereMs: 5 * 60_000,
  /** So old may the list of revocations be that is kept elsewhere. */
  revocationsElsewhereMs: 60_000,
  /** The own upgrade waits so long for the last lease to close. */
  idleWaitMs: 30 * 60_000,
  /** A launcher that was asked for a switch and does nothing is not waited for any longer. */
  launcherMs: 60_000,
  /** Longest time between two checks of the share outside groups. */
  shareCheckMs: 10 * 60_000,
  /** A control manager not heard of for longer is not counted as seen. */
  levelFreshMs: 24 * 3_600_000,
  /** Holds that have not ended, those to come included. */
  holdsMax: 1_000,
  /** Sources of which a hold kept something back; the oldest goes. */
  updatesWaitingMax: 20,
  /** A forecast that nobody looks at for so long is ended, and its answer forgotten. */
  forecastLookMs: 60_000,
  /** An upgrade is forecast before it starts, in so many runs and no longer than this. */
  startForecastRuns: 50,
  startForecastMs: 5_000,
  /** After this no further run begins: a large fleet is forecast in fewer runs. */
  startForecastRunsMs: 3_000,
  /** Past upgrades that a forecast learns from, the newest, and what is read of their inputs. */
  forecastPastMax: 5,
  forecastInputsMax: 20_000,
  inputsPageMax: 1_000,
  /** The newest that a list shows. */
  upgradesListed: 500,
  releaseFileBytesMax: 8 * 1024 * 1024 * 1024,
  /** Lines of the record that one question goes through. */
  recordSearchedMax: 10_000,
  /** Lines of the record in which what happened to one server is looked for, and how many are shown. */
  timelineSearched: 20_000,
  timelineShown: 50,
  /** Servers that are named of those whom content did not suit. */
  failedOfRingMax: 50,
  evidenceTextMax: 1_000_000,
  /** What went over links is written down so often, and all of it, that of quiet sessions too. */
  billMs: 5_000,
  billAllMs: 10 * 60_000,
  /** Of what a server's connections carry besides bodies, before it is written down by itself. */
  billBesidesBytes: 32 * 1024,
  /** The newest that a bill shows. */
  billUpgradesShown: 20,
  /** Servers in one transaction of the bill. */
  billBatch: 500,
  /** Between two looks at who waits for his part of a budget, and at who takes less than his part. */
  paceMs: 25,
  sharesMs: 250,
  /** Of more transfers than that the parts are dealt anew no more often than so. */
  sharesAtOnceMax: 300,
  /** Hours of budgets are looked up again so often: they reach some days ahead. */
  budgetHoursMs: 3_600_000,
  /** A part of a budget that is not used at once may be used within so long. */
  burstMs: 200,
  /** Who waits for his part is given it in pieces of so long, but not in smaller ones than that. */
  pieceMs: 50,
  pieceBytesMin: 1_024,
  /** So often it is looked whether a campaign is to be begun, or paused. */
  campaignLookMs: 30_000,
  /** What stood against a part's beginning is asked again after that. */
  campaignTryMs: 5 * 60_000,
} as const;
