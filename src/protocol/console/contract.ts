/**
 * Every call that the console listeners answer, for the command line and the web console:
 * `POST /v1/<call>` with one JSON object, answered by one JSON object.
 *
 * A refusal is `{ problem }` with the HTTP status of its kind. `docs/schemas/console.json` is
 * generated from this table.
 */

import { z } from 'zod';
import { causes } from '#domain/names.ts';
import {
  bytes,
  componentName,
  digest,
  domainName,
  groupName,
  holdId,
  instant,
  lane,
  problem,
  serverId,
  upgradeId,
  version,
} from '../shared/primitives.ts';
import { careCalls } from './care-calls.ts';
import { budgetCalls } from './budget-calls.ts';
import { enrolmentCalls, organisationCalls } from './enrolment-calls.ts';
import { fetchCalls } from './fetch-calls.ts';
import { pruneCalls } from './prune-calls.ts';
import { fleetCalls } from './fleet-calls.ts';
import { installerCalls } from './installer-calls.ts';
import { forecastCalls } from './forecast-calls.ts';
import { holdCalls, holdCallsAbove, holdView } from './hold-calls.ts';
import type { PeopleTable } from './people-calls.ts';
import { recordHead } from '../record/export.ts';
import { recordCalls, recordCutView, witnessCalls } from './record-calls.ts';
import { planText } from './plan-text.ts';
import { campaignCalls, campaignPartCalls } from './campaign-calls.ts';
import { ringCalls } from './ring-calls.ts';
import { settingsCalls } from './settings-calls.ts';
import { preflightView } from './preflight-view.ts';
import { treeServer } from './tree-view.ts';
import { upgradeCalls } from './upgrade-calls.ts';

const nothing = z.strictObject({});
const done = z.object({ done: z.literal(true) });

const fieldDrift = z.object({
  section: z.string(),
  field: z.string(),
  expected: z.string().nullable(),
  found: z.string().nullable(),
});

const driftView = z.object({
  clean: z.boolean(),
  fields: z.array(fieldDrift),
  /** Packages in the share whose size or digest is not the revision's, or that are gone. */
  packages: z.array(
    z.object({ path: z.string(), expected: z.string(), found: z.string().nullable() }),
  ),
});

const groupView = z.object({
  name: groupName,
  state: z.string(),
  because: problem.nullable(),
  from: instant,
  openedAt: instant.nullable(),
  closedAt: instant.nullable(),
  counts: z.record(z.string(), z.int()),
  gate: z.object({
    percentMin: z.number(),
    sampleMin: z.int(),
    leased: z.int(),
    healthy: z.int(),
    failedBy: z.partialRecord(z.enum(causes), z.int()),
    verdict: z.string(),
  }),
});

const upgradeView = z.object({
  upgrade: upgradeId,
  form: z.string(),
  component: componentName,
  version,
  state: z.string(),
  because: problem.nullable(),
  startedAt: instant,
  finishedAt: instant.nullable(),
  mixedUntil: instant.nullable(),
  inFlight: z.int(),
  inFlightMax: z.int(),
  leaseSeconds: z.int(),
  bytesReceived: bytes,
  groups: z.array(groupView),
});

const agentView = z.object({
  state: z.enum(['running', 'stopped', 'absent']),
  /** Stopped by a person or an upgrade (D5), or not installed. */
  because: z.string().nullable(),
  version: version.nullable(),
  /** What an agent older than the information server costs (D4); null: it is level. */
  consequence: z.string().nullable(),
  controlManager: z
    .object({ version, components: z.array(componentName), seen: instant })
    .nullable(),
});

/** What a person says to an upgrade; unnamed, it is the only one that runs. */
const directed = z.strictObject({ upgrade: upgradeId.optional() });

export const informationServerCalls = {
  'site.show': {
    params: nothing,
    result: z.object({
      site: serverId,
      program: z.object({ version, digest }),
      epoch: z.int(),
      proving: z.boolean(),
      /** An insecure loopback is accepted: nothing is encrypted; versions before this do not say. */
      insecure: z.boolean().optional(),
      serversAddress: z.string(),
      catalogueRevision: z.int().nullable(),
      agent: agentView,
      holds: z.array(holdView),
      /** The head of the record, and what servers know of it that it has not; null: nothing. */
      record: recordHead.extend({ cut: recordCutView.nullable() }),
      /** The last backup that was put back here. */
      restored: z
        .object({ at: instant, backup: instant.nullable(), revocationsAt: instant.nullable() })
        .nullable(),
      /** What somebody should see to: files elsewhere that are not kept, metadata that is old. */
      wrong: z.array(problem),
    }),
  },
  'components.list': {
    params: nothing,
    result: z.object({
      components: z.array(
        z.object({
          component: componentName,
          lane,
          versions: z.array(version),
          inCatalogue: version,
          /** Versions that their signers took back, and why; what runs stays. */
          withdrawn: z.array(z.object({ version, reason: z.string() })).optional(),
        }),
      ),
    }),
  },
  'catalogue.show': { params: nothing, result: z.object({ revision: z.int(), text: z.string() }) },
  'catalogue.diff': { params: nothing, result: driftView },
  'catalogue.restore': {
    params: z.strictObject({ preview: z.boolean() }),
    result: z.object({ before: driftView, restored: z.boolean(), after: driftView }),
  },
  'fleet.tree': {
    params: nothing,
    result: z.object({
      site: serverId,
      domains: z.array(z.object({ domain: domainName, servers: z.array(treeServer) })),
    }),
  },
  ...fleetCalls,
  'fleet.move': {
    params: z.strictObject({ server: serverId, domain: domainName }),
    result: done,
  },
  /** Asks the server itself, over its session, what runs there (never the journal). */
  'fleet.identify': {
    params: z.strictObject({ server: serverId }),
    result: z.object({
      server: serverId,
      digest,
      version,
      proof: z.array(z.object({ path: z.string(), digest })),
      /** The manifest's own proof for that digest, to compare. */
      expected: z.array(z.object({ path: z.string(), digest })),
      matches: z.boolean(),
      pid: z.int(),
      startedAt: instant,
    }),
  },
  deploy: {
    params: z.strictObject({
      component: componentName,
      /** Default: the newest that the catalogue offers. */
      version: version.optional(),
      servers: z.array(serverId).min(1).max(100_000),
      /** The person read the release's precautions just now (R1). */
      acknowledged: z.boolean().optional(),
      /** Why these servers go before their information server (N2, L1); it stands in the record. */
      aheadOfInformationServer: z.string().min(1).max(500).optional(),
      /** Only what it would move and what stands against it; nothing begins. */
      preview: z.boolean().optional(),
    }),
    result: z.object({
      /** null: content, which needs no lease; or only a preview. */
      upgrade: upgradeId.nullable(),
      servers: z.int(),
      bytes,
      /** null: content. */
      preflight: preflightView.nullable(),
    }),
  },
  /** A deployment of the version before, to one server. */
  rollback: {
    params: z.strictObject({
      server: serverId,
      component: componentName,
      /** Default: the newest before the one that runs to which one may go back. */
      version: version.optional(),
      /** Stands in the record, with who asked. */
      reason: z.string().min(1).max(500),
      acknowledged: z.boolean().optional(),
      preview: z.boolean().optional(),
    }),
    result: z.object({
      from: version,
      to: version,
      /** null: only a preview. */
      upgrade: upgradeId.nullable(),
      preflight: preflightView,
    }),
  },
  'update.now': {
    /** A folder with a `server.ini`, as the information server sees it; default: the setting `updateSource`. */
    params: z.strictObject({ source: z.string().max(2_000).optional() }),
    result: z.object({
      taken: z.array(z.object({ component: componentName, version })),
      refused: z.array(problem),
      keptBack: z.array(z.object({ component: componentName, version })),
      /** Offered, and here already, or newer here. */
      standing: z.array(z.object({ component: componentName, version })),
    }),
  },
  'agent.status': { params: nothing, result: agentView },
  'agent.stop': { params: nothing, result: agentView },
  'agent.start': { params: nothing, result: agentView },
  /** To the version that the information server runs (D4), outside any upgrade. */
  'agent.upgrade': { params: nothing, result: agentView },
  ...holdCalls,
  ...careCalls,
  ...campaignPartCalls,
  ...ringCalls,
  ...enrolmentCalls,
  ...organisationCalls,
  ...installerCalls,
  ...forecastCalls,
  ...settingsCalls,
  ...budgetCalls,
  ...fetchCalls,
  ...pruneCalls,
  ...upgradeCalls,
  'upgrade.plan': { params: planText, result: preflightView },
  'upgrade.start': {
    params: planText,
    result: upgradeView,
  },
  'upgrade.status': {
    params: z.strictObject({ upgrade: upgradeId.optional() }),
    result: upgradeView,
  },
  'upgrade.approve': {
    params: directed.extend({ group: groupName }),
    result: upgradeView,
  },
  'upgrade.pause': {
    params: directed,
    result: upgradeView,
  },
  'upgrade.resume': {
    params: directed,
    result: upgradeView,
  },
  'upgrade.stop': {
    params: directed,
    result: upgradeView,
  },
  'upgrade.why': {
    params: z.strictObject({ server: serverId, upgrade: upgradeId.optional() }),
    result: z.object({
      server: serverId,
      state: z.string(),
      because: problem,
      /** What is wrong with it besides, whatever the upgrade does. */
      besides: z.array(problem).max(10).optional(),
    }),
  },
  /** The information server's own upgrade by itself, outside any group (D2). */
  'information-server.upgrade': {
    params: z.strictObject({ version }),
    result: done,
  },
  /** Without `after`, the newest lines; in the order in which they were written either way. */
  ...recordCalls,
  ...witnessCalls,
  /** What was refused or replaced, kept whole: catalogue texts, offers. */
  'evidence.list': {
    params: nothing,
    result: z.object({
      evidence: z.array(
        z.object({ digest, at: instant, kind: z.string(), because: problem, text: z.string() }),
      ),
    }),
  },
} as const;

const planView = z.object({
  plan: z.string(),
  builtIn: z.boolean(),
  schedules: z.array(
    z.object({
      folder: z.string(),
      delayMinutes: z.number().nullable(),
      timeOfDay: z.string().nullable(),
    }),
  ),
});

export const controlManagerCalls = {
  ...ringCalls,
  ...campaignCalls,
  ...recordCalls,
  ...organisationCalls,
  'control-manager.show': {
    params: nothing,
    result: z.object({
      version,
      components: z.array(componentName),
      afterDownload: z.enum(['nothing', 'at-once', 'by-plan', 'when-new']),
      activePlan: z.string(),
      /** All of them, those without a site too; versions before do not say. */
      folders: z.array(z.string()).optional(),
      plans: z.array(planView),
      sites: z.array(
        z.object({
          site: serverId,
          folder: z.string(),
          agent: z.enum(['active', 'inactive', 'abnormal']),
          agentVersion: version.nullable(),
          programVersion: version.nullable(),
          lastSeen: instant.nullable(),
          holds: z.array(
            z.object({
              id: holdId,
              reason: z.string(),
              /** Versions before name none: it has begun. */
              from: instant.default(0),
              until: instant,
              owner: z.string(),
              planned: z.boolean().default(false),
              /** `part`: some servers or components only; it stops no delivery to the site. */
              covers: z.enum(['whole', 'part']),
            }),
          ),
          contents: z.array(z.object({ component: componentName, version })),
          keptBack: z.array(z.object({ component: componentName, version })),
          offeredAt: instant.nullable(),
        }),
      ),
    }),
  },
  /** Downloads from the feed folder now; then what `afterDownload` says. */
  'feed.poll': {
    params: nothing,
    result: z.object({
      downloaded: z.array(z.object({ component: componentName, version })),
      problems: z.array(problem),
    }),
  },
  /** Delivers the newest download to the sites of a plan now. */
  'deliver.now': {
    params: z.strictObject({ plan: z.string().max(64).optional() }),
    result: z.object({
      offered: z.array(serverId),
      held: z.array(z.object({ site: serverId, hold: holdId, reason: z.string() })),
      /** Their agents are away; they are offered it when they return. */
      waiting: z.array(serverId),
    }),
  },
  'site.move': {
    params: z.strictObject({ site: serverId, folder: z.string().max(200) }),
    result: done,
  },
  ...holdCallsAbove,
} as const;

type Calls = PeopleTable & typeof informationServerCalls & typeof controlManagerCalls;
export type InformationServerCall = keyof typeof informationServerCalls;
export type ControlManagerCall = keyof typeof controlManagerCalls;
export type ParamsOf<Table, Call extends keyof Table> = Table[Call] extends { params: z.ZodType }
  ? z.infer<Table[Call]['params']>
  : never;
export type ResultOf<Table, Call extends keyof Table> = Table[Call] extends { result: z.ZodType }
  ? z.infer<Table[Call]['result']>
  : never;
export type AnyCall = keyof Calls;
export type InformationServerTable = typeof informationServerCalls;
export type ControlManagerTable = typeof controlManagerCalls;
export type UpgradeView = z.infer<typeof upgradeView>;
export type PreflightView = z.infer<typeof preflightView>;
export type DriftView = z.infer<typeof driftView>;
export type AgentView = z.infer<typeof agentView>;
export type TreeServer = z.infer<typeof treeServer>;
export const callPath = (call: string): string => `/v1/${call}`;
