/**
 * Two short links of the content lane, version 1.
 *
 * control manager <- agent: the agent (on the information server's computer) dials the control
 * manager (`GET /v1/agent`, WebSocket) and fetches content (`GET /v1/content/<digest>`).
 * agent -> information server: the agent dials its information server (`GET /v1/agent` there),
 * hands every offer over and takes only what it is told to take. So the decision, and with it
 * every hold, stands at the information server, whatever the control manager does.
 */

import { z } from 'zod';
import { orderings } from '#domain/catalogue/version.ts';
import { metadataFilesLimits, metadataNamePattern } from '#domain/trust/metadata-files.ts';
import { partStates } from '#domain/campaign/part.ts';
import { campaignName, campaignText } from '../shared/campaign.ts';
import { hearsNotices, noticesMessage } from '../shared/notices.ts';
import {
  bytes,
  componentName,
  digest,
  domainName,
  fence,
  holdId,
  instant,
  lane,
  problem,
  ringCounts,
  serverId,
  version,
} from '../shared/primitives.ts';

export const protocolVersion = 1;
export const messageBytesMax = 16 * 1024 * 1024;

/** One file of content, as a feed's `[PATTERN]` line or a later manifest names it. */
const contentItem = z.object({
  component: componentName,
  version,
  ordering: z.enum(orderings),
  /** Where the file stands in the legacy share, such as `pattern/lpt.123`. */
  path: z.string().min(1).max(500),
  digest,
  bytes,
});
export type ContentItem = z.infer<typeof contentItem>;

/** Updates of which a hold kept something back, as a site remembers them across restarts. */
export const updatesKeptBack = z.array(
  z.object({ source: z.string().optional(), items: z.array(contentItem) }),
);
export type UpdatesKeptBack = z.infer<typeof updatesKeptBack>;

/** Texts of metadata files by their names. */
const metadataFiles = z.record(
  z.string().regex(metadataNamePattern),
  z.string().max(metadataFilesLimits.fileBytesMax),
);

/**
 * All that the control manager wants this site to have now, whole, under a rising fence.
 * `catalogue` is the complete `server.ini` of the feed, program sections included: that is what
 * a legacy delivery is (mission, 'Why one pattern delivery drifts programs'). It is evidence,
 * never applied.
 */
const offer = z.object({
  type: z.literal('offer'),
  fence,
  plan: z.string().max(64),
  items: z.array(contentItem).max(500),
  catalogue: z.string().max(8 * 1024 * 1024),
  /** Signed metadata of the content lane, by file name: what is no target of it is refused. */
  metadata: metadataFiles.optional(),
  /** What the servers make of its content is to be told. Who does not know this word tells nothing. */
  isWatched: z.literal(true).optional(),
});
export type Offer = z.infer<typeof offer>;

const wireHold = z.object({
  id: holdId,
  reason: z.string().max(500),
  owner: z.string().max(200),
  from: instant,
  until: instant,
  lanes: z.array(lane),
  /** 'all', or the servers concerned. */
  servers: z.union([z.literal('all'), z.array(serverId).max(100_000)]),
  /** Absent or empty: every component. Who does not know this word keeps more back, never less. */
  components: z.array(componentName).max(1_000).optional(),
  /** Whoever stands in them too. Who does not know this word takes it for a hold over `servers`. */
  domains: z.array(domainName).max(1_000).optional(),
  /** The first of those that were planned together. */
  series: holdId.optional(),
});
export type WireHold = z.infer<typeof wireHold>;

/** More were taken back long ago, and are offered by nobody. */
export const withdrawnToldMax = 200;

const admittedMax = 100;

/** What the control manager knows of holds over this site, whole; said anew when it changes. */
const holds = z.object({
  type: z.literal('holds'),
  /** Made by people at the control manager; the site's own are not told back to it. */
  holds: z.array(wireHold).max(1_000),
  /**
   * Those of which the beginning is to come, so that they begin also at a site that is cut off
   * then. A word of its own: who does not know it is told of each when it begins, and not before.
   */
  planned: z.array(wireHold).max(1_000).default([]),
  /** Newest of what stays at the control manager because of a hold, the site's own included. */
  keptBack: z.array(contentItem).max(500).default([]),
  /** What people let past these holds, and no others; who does not know this word keeps it back. */
  admitted: z
    .array(
      z.object({
        component: componentName,
        version,
        reason: z.string().max(500),
        until: instant,
      }),
    )
    .max(admittedMax)
    .default([]),
  /** Content that nobody is to take any more, the latest; versions before say none. */
  withdrawn: z
    .array(
      z.object({
        component: componentName,
        version,
        /** Of the file. */
        file: digest,
        reason: z.string().max(500),
        at: instant,
      }),
    )
    .max(withdrawnToldMax)
    .default([]),
});
export type Holds = z.infer<typeof holds>;

const level = z.object({
  version,
  /** Components that this control manager knows how to deliver (S2). */
  components: z.array(componentName).max(1_000),
});
export type ControlManagerLevel = z.infer<typeof level>;

/** The level as it was last heard: what a site remembers while its agent is away. */
export const levelSeen = z.object({ level, seen: instant });
export type LevelSeen = z.infer<typeof levelSeen>;

/** More than that are not under way at once. */
export const campaignsMax = 20;

const campaignNews = z.object({
  campaign: campaignName,
  number: z.int(),
  /** Until then the site's wave is open. */
  openUntil: instant.nullable(),
  /** Why somebody stopped it. */
  stopped: z.string().max(500).nullable(),
});

/** What a site remembers of its campaigns across restarts, besides their texts. */
export const keptCampaigns = z.array(
  z.object({ name: campaignName, news: campaignNews.nullable(), pausedFor: z.string().nullable() }),
);

/** All campaigns that name this site, with what is to be known of each; said anew when it changes. */
const campaigns = z.object({
  type: z.literal('campaigns'),
  campaigns: z
    .array(
      z.object({
        /** As approvers signed it; nobody else is believed. */
        text: campaignText,
        news: campaignNews,
      }),
    )
    .max(campaignsMax),
});
export type CampaignsMessage = z.infer<typeof campaigns>;

/** Whoever says so understands it; versions before it end the session at such a message. */
const hearsCampaigns = z.literal(true).optional();

/** Where the site's part of a campaign stands. */
export const partReport = z.object({
  campaign: campaignName,
  number: z.int(),
  state: z.enum(partStates),
  because: problem.nullable(),
  servers: z.object({ all: z.int(), upgraded: z.int() }).nullable(),
});

export const siteStatus = z.object({
  type: z.literal('site'),
  site: serverId,
  agentVersion: version,
  programVersion: version,
  holds: z.array(wireHold).max(1_000),
  /** Its own of which the beginning is to come; versions before say none. */
  planned: z.array(wireHold).max(1_000).optional(),
  contents: z.array(z.object({ component: componentName, version, digest })).max(500),
  /** Items of the last offer that a hold keeps back. */
  keptBack: z.array(z.object({ component: componentName, version })).max(500),
  /** What servers make of content that is watched; versions before say none. */
  evidence: z
    .array(z.object({ component: componentName, digest, counts: ringCounts }))
    .max(500)
    .optional(),
  /** Versions before know none. */
  campaigns: z
    .array(partReport)
    .max(2 * campaignsMax)
    .optional(),
});
export type SiteStatus = z.infer<typeof siteStatus>;

/** agent -> control manager */
export const fromAgent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.int(),
    site: serverId,
    agentVersion: version,
    hearsNotices,
    hearsCampaigns,
  }),
  siteStatus,
]);
export type FromAgent = z.infer<typeof fromAgent>;

/** control manager -> agent */
export const toAgent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), protocol: z.int(), level }),
  offer,
  holds,
  noticesMessage,
  campaigns,
  z.object({ type: z.literal('bye'), because: problem }),
]);
export type ToAgent = z.infer<typeof toAgent>;

/** agent -> information server */
export const agentToInformationServer = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.int(),
    agentVersion: version,
    agentDigest: digest,
    pid: z.int(),
  }),
  /** null: the control manager cannot be reached at present. */
  z.object({ type: z.literal('level'), level: level.nullable() }),
  offer,
  holds,
  noticesMessage,
  campaigns,
  /** The file stands complete, and checked, in the inbox folder under its digest. */
  z.object({ type: z.literal('delivered'), fence, digest }),
  z.object({ type: z.literal('failed'), fence, digest, because: problem }),
]);
export type AgentToInformationServer = z.infer<typeof agentToInformationServer>;

/** information server -> agent */
export const informationServerToAgent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    protocol: z.int(),
    site: serverId,
    inbox: z.string(),
    hearsNotices,
    hearsCampaigns,
  }),
  /** Fetch these; what is not named stays where it is. */
  z.object({ type: z.literal('take'), fence, items: z.array(contentItem).max(500) }),
  /** Passed on upward unchanged. */
  siteStatus,
  z.object({ type: z.literal('bye'), because: problem }),
]);
export type InformationServerToAgent = z.infer<typeof informationServerToAgent>;
