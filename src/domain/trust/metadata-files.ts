/**
 * Signed metadata on its way: files by the names under which a reader asks for them, inside a
 * release file, an offer, or at the tier above. Says nothing of whether they are to be believed.
 */

/** Texts by names such as `timestamp.json` or `7.targets.json`. */
export type MetadataFiles = ReadonlyMap<string, string>;

/** Every version has a name of its own, but for the timestamp, by which the others are found. */
export const metadataNamePattern = /^(?:timestamp|[1-9]\d{0,9}\.(?:root|targets|snapshot))\.json$/;

/** What whoever carries metadata may hand over at once. */
export const metadataFilesLimits = {
  /** All roots that a reader would follow, and the three other roles. */
  filesMax: 260,
  fileBytesMax: 2 * 1024 * 1024,
  bytesMax: 8 * 1024 * 1024,
} as const;
