/** Bytes on their way to somebody: how many may go now, and how many went. */

import type { Digest, ServerId } from '#domain/names.ts';
import type { Peer } from './link.ts';

export type Transfer = {
  /** Resolves to how many bytes may go now, at least one and at most so many. */
  allow(bytesMax: number): Promise<number>;
  /** They were handed to the network. */
  sent(bytes: number): void;
  /** Whatever its end; who waits in `allow` is let go. */
  end(): void;
};

export type Transfers = {
  begin(of: {
    /** What is sent, by the name under which it was asked for. */
    readonly digest: Digest;
    /** null: nobody proves who he is here. */
    readonly peer: Peer | null;
    /** To whom it is said to go, where nobody proves it: behind which link, not on whose bill. */
    readonly towards?: ServerId;
  }): Transfer;
};

export type Carried = { readonly sent: number; readonly received: number };

/** Told of every connection whose other end proved who it is. */
export type Meter = {
  /** `carried`: what the network took and brought until now. Answers what to call at its end. */
  opened(peer: Peer, carried: () => Carried): () => void;
};
