/**
 * Paths as a catalogue writes them: relative to the share, `/` or `\` between the parts, and
 * compared without case. A path that could leave the share, on any system, is none.
 */

import { sameText } from './name-index.ts';

const colon = 58;
const dot = 46;
const slash = 47;
const backslash = 92;
const percent = 37;
const space = 32;

/**
 * True for `..` and what Windows makes of it (dots and blanks alone), absolute paths, drive
 * letters and streams, empty parts, control characters, and separators or dots in `%xx`, which
 * an HTTP server would decode.
 */
export function leavesShare(text: string, from: number, until: number): boolean {
  /** Does the part so far consist of dots and blanks? Then it is no name. */
  let onlyDots = true;
  for (let index = from; index < until; index++) {
    const code = text.charCodeAt(index);
    if (code === slash || code === backslash) {
      if (onlyDots) return true;
      onlyDots = true;
      continue;
    }
    if (code < space || code === 127 || code === colon) return true;
    if (code === percent && hidesSeparator(text, index)) return true;
    if (code !== dot && code !== space) onlyDots = false;
  }
  return onlyDots;
}

function hidesSeparator(text: string, index: number): boolean {
  return ['2e', '2f', '5c', '00'].some((hex) => sameText(text, index + 1, hex, 0, 2));
}

export function pathLeavesShare(path: string): boolean {
  return leavesShare(path, 0, path.length);
}

/** Two paths are one file when these are equal. */
export function comparablePath(path: string): string {
  return path.replaceAll('\\', '/').toLowerCase();
}

/** Names that Windows gives to devices, in any folder and with any ending. */
const deviceName = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i;

/**
 * Of a path that we lay down ourselves: it names the same file on every system (Windows drops
 * dots and blanks at the end of a part), and a catalogue's line can carry it.
 */
export function isSafePath(path: string): boolean {
  if (pathLeavesShare(path) || path.includes(',') || path !== path.trim()) return false;
  return !path.split(/[/\\]/).some((part) => /[. ]$/.test(part) || deviceName.test(part));
}
