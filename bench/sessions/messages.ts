/** What the bench of sessions and its processes say to each other. */

import { z } from 'zod';
import type { Credentials } from '#adapters/organisation/organisation.testing.ts';

export type Shown = Pick<Credentials, 'key' | 'chain' | 'identity'>;

export type ServeGiven = {
  readonly folder: string;
  readonly port: number;
  readonly organisation: { readonly organisation: string; readonly authority: string };
  readonly shown: Shown;
};

export type PeersGiven = {
  readonly address: string;
  readonly organisation: ServeGiven['organisation'];
  readonly peers: readonly { readonly name: string; readonly shown: Shown }[];
};

/** Of the information server. */
export const facts = z.object({
  port: z.int(),
  connected: z.int(),
  /** In its journal; they are read only for `facts`, for that is work. */
  servers: z.int(),
  /** Whose report of that version was committed. */
  reported: z.int(),
  rssBytes: z.number(),
  cpuSeconds: z.number(),
});
export type Facts = z.infer<typeof facts>;

/** Of a process of peers: when each heard of a version, in milliseconds of this computer's clock. */
export const heard = z.object({ at: z.array(z.number()), dropped: z.int() });

export type ToServer = {
  readonly ask: 'connected' | 'facts' | 'publish';
  readonly version: string;
};
export type ToPeers = { readonly ask: 'heard' | 'report'; readonly version: string };
