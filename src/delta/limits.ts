/** What a delta may be at most. Both ends refuse what is beyond; a package then goes whole. */

const mebibyte = 1024 * 1024;

/** All files of a tree end to end, those that did not change left out on the new side. */
export const imageBytesMax = 512 * mebibyte;
/** What is made, fetched, checked and applied at a time. */
export const segmentBytes = 8 * mebibyte;
export const segmentsMax = imageBytesMax / segmentBytes;
export const runsMax = 2 * 1024 * 1024;
/** Of each of the three numbers that make a run. */
export const runNumberBytesMax = 6;
export const entriesMax = 1_000_000;
/** As it is sent. */
export const headBytesMax = 48 * mebibyte;
export const listingBytesMax = 32 * mebibyte;
/** Of a segment as it is sent: its bytes as they are, and what says so. */
export const packedSegmentBytesMax = 2 * segmentBytes;
/** Stretches of a program that stand at addresses. */
export const areasMax = 4_096;
export const areaBytesMax = 40;
