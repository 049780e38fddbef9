/** Limits of the control manager. */

export const limits = {
  /** The loop looks again at least this often, so that a lost wake-up harms nobody. */
  resyncMilliseconds: 60_000,
  /** What one replica decides before another one may. */
  actsOfBatonMax: 50,
  /** A connection that has not said who it is by then is closed. */
  helloMilliseconds: 10_000,
  sitesMax: 20_000,
  /** Holds that are over stay listed that long, for people. */
  holdsOverKeptMilliseconds: 30 * 24 * 60 * 60_000,
  holdsMax: 1_000,
  /** Offers leave at this pace, so that the end of a hold floods no link and no memory. */
  offerBytesPerSecondMax: 64 * 1024 * 1024,
  /** What one item adds to an offer on the wire, at most; an estimate for the pace. */
  itemBytes: 700,
  /** Instants of a time of day that are made ready at a time. */
  instantsPerSchedule: 3,
  /** Lines of the record that one question goes through. */
  recordSearchedMax: 10_000,
  /** The record's head is written elsewhere after so many lines, or so long if any came. */
  headsElsewhereLines: 100,
  headsElsewhereMs: 5 * 60_000,
  /** So often it is looked whether that is due. */
  headsLookMs: 5_000,
  /** Campaigns that are over stay listed that long, for people. */
  campaignsKeptMilliseconds: 90 * 24 * 60 * 60_000,
} as const;
