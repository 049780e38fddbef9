/**
 * The first 512 bytes of a database as ClamAV publishes it: `ClamAV-VDB:built:version:signatures:
 * level:md5:signature:builder:seconds`, filled up with blanks. The MD5 is of all bytes behind them.
 *
 * Absent: the signature. It is ClamAV's own kind of RSA over that MD5, which its engine verifies
 * whenever it loads the file; here the header shows what came, not who made it.
 */

export const clamavHeaderBytes = 512;

export type ClamavHeader = {
  readonly version: string;
  /** Of what follows the header, in small letters. */
  readonly md5: string;
};

const headerShape =
  /^ClamAV-VDB:[^:]{1,64}:(?<version>[1-9]\d{0,9}):\d{1,10}:\d{1,5}:(?<md5>[0-9a-f]{32}):[\w+/=]{1,400}:[^:]{1,100}(?::\d{1,12})? *$/i;

/** null: it is no such header. */
export function readClamavHeader(bytes: Uint8Array): ClamavHeader | null {
  if (bytes.length < clamavHeaderBytes) return null;
  const text = Buffer.from(bytes.subarray(0, clamavHeaderBytes)).toString('latin1');
  const { version, md5 } = headerShape.exec(text)?.groups ?? {};
  return version === undefined || md5 === undefined ? null : { version, md5: md5.toLowerCase() };
}
