/** Calls of a control manager about campaigns that it carries. It can make and change none. */

import { z } from 'zod';
import { partReport } from '../control-manager/messages.ts';
import { campaignName, campaignText } from '../shared/campaign.ts';
import { componentName, instant, ringName, serverId, version } from '../shared/primitives.ts';
import { ringView } from './ring-calls.ts';

const done = z.object({ done: z.literal(true) });
const { state, because, servers } = partReport.shape;

const campaignView = z.object({
  campaign: campaignName,
  number: z.int(),
  component: componentName,
  version,
  reason: z.string(),
  at: instant,
  /** No part begins after it. */
  until: instant,
  /** Who sent it here, and when. */
  who: z.string(),
  sentAt: instant,
  /** Why it was taken back; null: it stands. */
  withdrawn: z.string().nullable(),
  /** Why somebody, or a wave that failed, stopped it here. */
  stopped: z.string().nullable(),
  /** Its waves wait for gates; else each begins by its time. */
  isGated: z.boolean(),
  waves: z.array(
    ringView.omit({ ring: true, state: true }).extend({
      wave: ringName,
      from: instant,
      /** null: it goes by time alone. */
      state: ringView.shape.state.nullable(),
      sites: z.array(
        z.object({
          site: serverId,
          /** null: the site has said nothing of this number yet. */
          state: state.nullable(),
          because,
          servers,
          lastSeen: instant.nullable(),
        }),
      ),
    }),
  ),
});
export type CampaignView = z.infer<typeof campaignView>;

export const campaignCalls = {
  'campaign.list': {
    params: z.strictObject({}),
    result: z.object({ campaigns: z.array(campaignView) }),
  },
  /** A text that approvers signed, to be carried to its sites. */
  'campaign.send': {
    params: z.strictObject({ text: campaignText }),
    result: z.object({
      campaign: campaignName,
      number: z.int(),
      sites: z.array(serverId),
    }),
  },
  /** For good: nobody begins any more, and what runs pauses. */
  'campaign.stop': {
    params: z.strictObject({ campaign: campaignName, reason: z.string().min(3).max(500) }),
    result: done,
  },
  /** A person takes it upon himself that a wave which proved nothing counts as passed. */
  'campaign.pass': {
    params: z.strictObject({ campaign: campaignName, wave: ringName }),
    result: done,
  },
} as const;

/** At a site: its own parts. */
export const campaignPartCalls = {
  'campaign.parts': {
    params: z.strictObject({}),
    result: z.object({ parts: z.array(partReport) }),
  },
  /** Begins a part that may begin, where the site's settings ask a person. */
  'campaign.begin': {
    params: z.strictObject({ campaign: campaignName }),
    result: done,
  },
} as const;
