/**
 * The few forms of DER that certificates and requests need and no library here writes. It writes
 * only; whatever came from somebody else is read by OpenSSL or by the library.
 */

function lengthOf(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes]);
  const digits = bytes < 0x100 ? [bytes] : [bytes >> 8, bytes & 0xff];
  return Buffer.from([0x80 | digits.length, ...digits]);
}

/** One value of that tag. Up to 65,535 bytes, which no certificate of ours comes near. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

export const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents);

export function bitString(bytes: Uint8Array): Buffer {
  return der(0x03, Buffer.from([0]), bytes);
}

export function pemOf(label: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes)
    .toString('base64')
    .replace(/(.{64})(?!$)/g, '$1\n');
  return `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;
}

/** The very buffer, as the library that makes certificates wants it. */
export function arrayOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}
