/**
 * Errors that a program rightly logs: its disk refused, as a fault wanted it to. Everything else
 * that is logged as an error is a bug, or should not be called an error.
 */

const signs = [
  '"type":"JournalFailed"',
  '"code":"DISK_FULL"',
  '"detail":"EIO"',
  'ENOSPC: ',
  'EIO: ',
];

export function isOfDisk(text: string): boolean {
  return signs.some((sign) => text.includes(sign));
}
