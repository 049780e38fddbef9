/**
 * The link between a normal server and its information server, version 1.
 *
 * The normal server dials out and holds one WebSocket (`GET /v1/session`); packages are plain
 * `GET`s beside it (`/v1/manifests/<digest>`, `/v1/archives/<digest>`, with Range), and so is the
 * signed metadata that says which of them are genuine (`/v1/metadata/<lane>/<name>`). What the
 * information server wants is a numbered list, sent whole, so that a lost or repeated message
 * changes nothing. docs/protocol/normal-server.md is the text of this.
 */

import { z } from 'zod';
import { doctorAnswer, doctorRequest, logAnswer, logRequest } from './care.ts';
import { hearsNotices, noticesMessage } from '../shared/notices.ts';
import {
  bytes,
  cause,
  componentName,
  componentsMax,
  digest,
  domainName,
  fence,
  instant,
  lane,
  leaseId,
  platform,
  problem,
  serverId,
  toldHead,
  version,
} from '../shared/primitives.ts';

export const protocolVersion = 1;
/** `GET <lane>/<name>` behind it: signed metadata, as the information server verified it. */
export const metadataPath = '/v1/metadata/';
/** No message on this link may be longer; a longer one ends the session. */
export const messageBytesMax = 256 * 1024;

const installed = z.object({
  component: componentName,
  version,
  digest,
  /** What a vendor's installer laid down: a switch of it is not atomic. */
  notAtomic: z.literal(true).optional(),
});

/** What a running process is, read from itself: proof, where a report is only a claim. */
const running = z.object({
  /** Digest of the release manifest that stands beside the running slot. */
  digest,
  version,
  /** SHA-256 of the executable that the kernel runs, and of the program's own files. */
  proof: z.array(z.object({ path: z.string().max(500), digest })).max(1_000),
  pid: z.int(),
  startedAt: instant,
});

/**
 * Why what it runs is not what its organisation signed, as it verified itself; null: it is. Absent:
 * it knows no signed metadata yet, and versions before this do not say.
 */
const unsigned = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{1,63}$/)
  .nullable()
  .optional();

/** Of the launcher that came with a release and failed on this computer: the one before it goes on. */
const launcherFailed = z.object({
  version,
  cause: z.string().max(40),
  detail: z.string().max(500),
});

/** First message of a session. */
const hello = z.object({
  type: z.literal('hello'),
  protocol: z.int(),
  server: serverId,
  /** Made once by the installation; two live sessions with one of them are a clone. */
  installId: z.string().min(8).max(64),
  machineId: z.string().min(1).max(128),
  platform,
  os: z.string().max(200),
  /** Where it wants to stand when it is seen for the first time; the console decides later. */
  domain: domainName,
  memoryBytes: bytes,
  diskBytesFree: bytes,
  running,
  programs: z.array(installed).max(componentsMax),
  contents: z.array(installed).max(componentsMax),
  /** Why a reboot is recommended at the next maintenance (D9); null when it is not. */
  rebootRecommended: z.string().max(500).nullable(),
  /**
   * Said for older information servers, which believed it. Now each knows by its own settings which
   * server was installed with it (D3), and nothing is made of this word.
   */
  withInformationServer: z.boolean().optional(),
  /** The highest fence it ever obeyed, so that a restored information server is noticed. */
  fence,
  /** It answers `inventory-request`; versions before this was a message end the session at it. */
  answersInventory: z.literal(true).optional(),
  /** And to `doctor-request` and `log-request`. */
  answersCare: z.literal(true).optional(),
  hearsNotices,
  /** The head of the record that a lease told it last; versions before keep none. */
  head: toldHead.optional(),
  /** Which state of each lane it verified last; versions before say none. */
  trusted: z.object({ program: z.int().min(0), content: z.int().min(0) }).optional(),
  unsigned,
  /** null: none did. Absent: nobody here can say, and what was said before stands. */
  launcherFailed: launcherFailed.nullable().optional(),
  /** Of the last welcome that this process heard; null: none yet. Versions before say none, and get none. */
  turn: z.string().max(64).nullable().optional(),
});

/** What changes while a session lasts; said when it did, and when it is asked for. */
const inventory = z.object({
  type: z.literal('inventory'),
  diskBytesFree: bytes,
  rebootRecommended: z.string().max(500).nullable(),
  unsigned,
});

/** Progress and outcomes of one component; outcomes are repeated until the next hello. */
const status = z.object({
  type: z.literal('status'),
  component: componentName,
  digest,
  state: z.enum([
    'downloading',
    'staged',
    'switching',
    'proving',
    'installed',
    'returned',
    'failed',
  ]),
  /** Bytes received over the link for this digest, all attempts together. */
  bytesReceived: bytes,
  bytesTotal: bytes,
  /** Of what was wanted, so that the failure of an earlier attempt is told from a new one. */
  attempt: z.int().min(0).optional(),
  cause: cause.optional(),
  detail: z.string().max(2_000).optional(),
});

const leaseRequest = z.object({
  type: z.literal('lease-request'),
  request: z.int().min(0),
  component: componentName,
  digest,
});

/** 'May I still?', asked just before the switch; no answer means no switch. */
const leaseConfirm = z.object({ type: z.literal('lease-confirm'), lease: leaseId });

const identity = z.object({
  type: z.literal('identity'),
  nonce: z.string().max(64),
  running,
  /** All heads of the record that it still knows. */
  heads: z.array(toldHead).max(100).optional(),
});

export const fromNormalServer = z.discriminatedUnion('type', [
  hello,
  inventory,
  status,
  leaseRequest,
  leaseConfirm,
  identity,
  doctorAnswer,
  logAnswer,
]);
export type FromNormalServer = z.infer<typeof fromNormalServer>;
export type Hello = z.infer<typeof hello>;
export type InventoryNow = z.infer<typeof inventory>;
export type Status = z.infer<typeof status>;
export type Running = z.infer<typeof running>;

const wantedItem = z.object({
  component: componentName,
  lane,
  version,
  /** Digest of the release manifest; fetch it, check it, then its package. */
  digest,
  /** Rises when a person wants another try; what failed under a lower one is tried anew at once. */
  attempt: z.int().min(0).optional(),
});

const welcome = z.object({
  type: z.literal('welcome'),
  protocol: z.int(),
  epoch: z.int(),
  /** It understands `inventory`; versions before this was a message end the session at it. */
  hearsInventory: z.literal(true).optional(),
  /** When this connection ends it dials again within so long, at random; versions before say none. */
  spreadSeconds: z.number().min(0).max(60).optional(),
  /** For the next hello, so that two machines of one memory are told apart. */
  turn: z.string().max(64).optional(),
});

/** Everything this server should have, whole, under a rising fence. */
const wanted = z.object({
  type: z.literal('wanted'),
  fence,
  items: z.array(wantedItem).max(componentsMax),
});

const lease = z.object({
  type: z.literal('lease'),
  request: z.int().min(0),
  lease: leaseId,
  digest,
  /** Counted by the server on a monotonic clock from before its request. */
  seconds: z.int().min(1),
  /** Where the record stands: whoever has a lease is its witness. Versions before say none. */
  head: toldHead.optional(),
});

const refused = z.object({ type: z.literal('refused'), request: z.int().min(0), because: problem });

const confirmed = z.object({
  type: z.literal('confirmed'),
  lease: leaseId,
  go: z.boolean(),
  because: problem.optional(),
});

const identify = z.object({ type: z.literal('identify'), nonce: z.string().max(64) });

const inventoryRequest = z.object({ type: z.literal('inventory-request') });

/** The information server ends the session and says why. */
const bye = z.object({ type: z.literal('bye'), because: problem });

export const toNormalServer = z.discriminatedUnion('type', [
  welcome,
  wanted,
  lease,
  refused,
  confirmed,
  identify,
  inventoryRequest,
  doctorRequest,
  logRequest,
  noticesMessage,
  bye,
]);
export type ToNormalServer = z.infer<typeof toNormalServer>;
export type CareRequest = z.infer<typeof doctorRequest> | z.infer<typeof logRequest>;
export type CareAnswer = z.infer<typeof doctorAnswer> | z.infer<typeof logAnswer>;
export type WantedItem = z.infer<typeof wantedItem>;
