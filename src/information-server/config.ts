/** The section `informationServer` of ROOT/settings.yaml. */

import { isAbsolute, join } from 'node:path';
import { Cron } from 'croner';
import { z } from 'zod';
import { approverRules } from '#domain/people/approval.ts';
import { problem } from '#domain/problem.ts';
import type { ServerId } from '#domain/names.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { appendHead } from '#adapters/backup/heads-file.ts';
import { keepRevocations } from '#adapters/backup/revocations-file.ts';
import {
  insecureListenProblem,
  insecureLoopback,
  listenAddress,
  readSettings,
} from '#adapters/daemon/settings-yaml.ts';
import { budgetSettings } from '#adapters/plan/budget-settings.ts';
import { campaignReader } from '#adapters/identity/campaign-text.ts';
import { ownCertificateSettings } from '#adapters/identity/own-certificate.ts';
import { validity } from '#domain/trust/validity.ts';
import { campaignPolicies, type CampaignWorld } from './upgrade/campaigns.ts';
import type { HeadsPlace, RevocationsPlace } from './record/heads-elsewhere.ts';
import type { ShownSettings } from '#protocol/console/settings-calls.ts';
import {
  checkRingNames,
  gateOf,
  ringGateSettings,
  ringsMax,
} from '#adapters/plan/ring-settings.ts';
import type { SiteRing } from '#domain/ring/site-ring.ts';
import { domainName, ringName, serverId } from '#protocol/shared/primitives.ts';

const hourMs = 3_600_000;

const isCron = (text: string): boolean => {
  try {
    new Cron(text, { paused: true }).stop();
    return true;
  } catch {
    return false;
  }
};

/** `https://` another information server, `http://` a cache. */
const packageSource = z.string().refine((text) => {
  const url = URL.parse(text);
  return url?.protocol === 'http:' || (url?.protocol === 'https:' && url.pathname === '/');
}, 'an address such as https://osaka.example:4481 or http://cache.example');
const contentRing = z.strictObject({
  name: ringName,
  servers: z.array(serverId).max(100_000).default([]),
  domains: z.array(domainName).max(10_000).default([]),
  ...ringGateSettings,
});

const schema = z.strictObject({
  site: serverId,
  /** For normal servers and the agent. */
  listen: listenAddress,
  /** For people: the command line and the web console. */
  console: listenAddress,
  /** Shown to browsers in place of the organisation's. */
  ...ownCertificateSettings,
  insecureLoopback,
  /** Servers in flight at once, over all running upgrades. */
  inFlightMax: z.int().min(1).max(10_000).default(20),
  /** A folder with a `server.ini`, for `update now` and the scheduled update task. */
  updateSource: z.string().min(1).max(2_000).optional(),
  updateSchedule: z.string().refine(isCron, { message: 'a cron expression' }).optional(),
  /** A new version of the information server or its agent has so long to prove itself. */
  proveSeconds: z.int().min(1).max(86_400).default(120),
  /** For so long is what this one signs for its servers valid; they renew it from half of that. */
  certificateHours: z
    .number()
    .min(validity.leafHoursMin)
    .max(validity.leafHoursMax)
    .default(validity.leafMs / hourMs),
  /** How many must stand behind what passes a gate or ends a hold early. */
  approvers: z.literal(approverRules).default('auto'),
  /** Campaigns over many sites: by their signatures alone, or when a person here says so. */
  campaigns: z.enum(campaignPolicies).default('start'),
  /** A file elsewhere for heads of the record; it must be there already. */
  recordHeads: z.string().max(2_000).refine(isAbsolute, { message: 'an absolute path' }).optional(),
  /** A file elsewhere for what was revoked; it must be there already. */
  revocations: z.string().max(2_000).refine(isAbsolute, { message: 'an absolute path' }).optional(),
  /** Other information servers and plain caches, in the order in which they are asked. */
  packageSources: z.array(packageSource).max(20).default([]),
  /** Packages in clear, for caches: whoever comes there gets them. Without it nobody does. */
  cacheListen: listenAddress.optional(),
  /** Content in clear, for programs such as `freshclam` that fetch it themselves; off without it. */
  mirrorListen: listenAddress.optional(),
  /** What may be spent of the site's links. */
  budget: budgetSettings,
  /** Content goes through them, one after the other; the last takes everybody that no other names. */
  contentRings: z.array(contentRing).max(ringsMax).superRefine(checkRingNames).default([]),
  profile: z.string().min(1).max(100).default('serverprotect-5.8'),
});
export type Settings = z.infer<typeof schema>;

export async function readOwnSettings(root: string): Promise<Result<Settings>> {
  const file = join(root, 'settings.yaml');
  const settings = await readSettings({ file, section: 'informationServer', schema });
  if (!settings.ok) return settings;
  const { listen, console: people } = settings.value;
  const insecure = insecureListenProblem(settings.value, [listen.host, people.host]);
  if (insecure !== null) return refuse(insecure);
  return ok(settings.value);
}

/** What of them the programs of the site work by. */
export function workedBy({ contentRings, inFlightMax, proveSeconds }: Settings) {
  const rings = contentRings.map(({ name, servers, domains, ...gate }) => ({
    name,
    servers,
    domains,
    gate: gateOf(gate),
  })) satisfies readonly SiteRing[];
  return { rings, inFlightMax, proveSeconds };
}

/** Without an organisation nobody's signature counts. */
export function campaignsBy(
  { campaigns: policy, approvers }: Settings,
  organisation = '',
): CampaignWorld {
  return { reader: campaignReader, organisation, policy, approvers };
}

/** ServerProtect's own scheduled update task; a hold stops it like every delivery (D1). */
export function scheduled(
  { updateSchedule }: Settings,
  update: () => Promise<void>,
): { stop(): void } | null {
  // One that takes longer than its period is not begun a second time meanwhile.
  return updateSchedule === undefined ? null : new Cron(updateSchedule, { protect: true }, update);
}

export function headsPlaceOf({ recordHeads: file }: Settings): HeadsPlace | null {
  return file === undefined ? null : { name: file, keep: (head) => appendHead(file, head) };
}

export function revocationsPlaceOf({ revocations: file }: Settings): RevocationsPlace | null {
  return file === undefined ? null : { name: file, keep: (known) => keepRevocations(file, known) };
}

/** Each setting as people may read it; nothing secret stands among them. */
export function shownSettings(root: string, settings: Settings): ShownSettings {
  const shown = Object.entries(schema.shape).flatMap(([name, { safeParse }]) => {
    const usual = safeParse(undefined);
    const value = Reflect.get(settings, name);
    const isDefault = usual.success && JSON.stringify(usual.data) === JSON.stringify(value);
    return leavesOf(name, value).map((leaf) => ({ ...leaf, isDefault }));
  });
  return { file: join(root, 'settings.yaml'), settings: shown };
}

function leavesOf(name: string, value: unknown): { name: string; value: string | null }[] {
  if (value === undefined || value === null) return [{ name, value: null }];
  if (typeof value !== 'object') {
    return [{ name, value: typeof value === 'string' ? value : JSON.stringify(value) }];
  }
  return Object.entries(value).flatMap(([below, one]) => leavesOf(`${name}.${below}`, one));
}

const besides = z.object({ server: serverId, informationServer: z.string().optional() });

/** Whom the same settings make the normal server of this very computer; null: nobody. */
export async function readOwnServer(root: string): Promise<ServerId | null> {
  const file = join(root, 'settings.yaml');
  const section = await readSettings({ file, section: 'normalServer', schema: besides });
  return section.ok && section.value.informationServer === 'run' ? section.value.server : null;
}

/** Which services stand beside this one on its computer, by launcher.json. */
const launcherFile = z.object({ services: z.array(z.object({ name: z.string() })) });

export function parseServices(text: string, file: string): Result<readonly string[]> {
  try {
    const { services } = launcherFile.parse(JSON.parse(text));
    return ok(services.map(({ name }) => name));
  } catch {
    return refuse(problem('FILE_UNREADABLE', { file, detail: 'not a list of services' }));
  }
}
