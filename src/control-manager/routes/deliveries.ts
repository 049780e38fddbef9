/** Downloads and deliveries that a person asks for now, and where a site stands. */

import { everyFolder, deploymentsNow, type DeploymentPlan } from '#domain/delivery/plan.ts';
import { newDownloadRollout, type DownloadRollout } from '#domain/ring/download-rollout.ts';
import type { StoredDownload } from '#ports/delivery-store.ts';
import type { ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { ControlManagerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { blankSite, type Book } from '../book.ts';
import type { By, Context } from './context.ts';

type Table = ControlManagerTable;

const folderOf = ({ folder }: { readonly folder: string }): string => folder;

export async function pollFeed({ loop }: Context): Promise<Result<ResultOf<Table, 'feed.poll'>>> {
  const { downloaded, problems } = await loop.poll();
  return ok({ downloaded: [...downloaded], problems: [...problems] });
}

/** Who of these got it, who is held, and who is away. */
function outcome(
  { book, loop, clock }: Context,
  sites: readonly ServerId[],
): ResultOf<Table, 'deliver.now'> {
  const held = book
    .due(clock.now())
    .held.filter((one) => sites.includes(one.site))
    .map(({ site, hold }) => ({ site, hold: hold.id, reason: hold.reason }));
  const heldSites = new Set(held.map((one) => one.site));
  const others = sites.filter((site) => !heldSites.has(site));
  return {
    offered: others.filter(loop.isThere),
    held,
    waiting: others.filter((site) => !loop.isThere(site)),
  };
}

function sitesIn(book: Book, folders: ReadonlySet<string>): ServerId[] {
  return book
    .sites()
    .map((one) => one.site)
    .filter((site) => folders.has(everyFolder) || folders.has(book.folderOf(site)));
}

/** Whatever is delivered by a plan goes through its rings; null: it has none, or is on its way. */
function rolloutOf(
  book: Book,
  { name: plan, rings }: DeploymentPlan,
  { number: download, items }: StoredDownload,
): DownloadRollout | null {
  const isKnown = book.rollouts().some((one) => one.download === download && one.plan === plan);
  if (rings.length === 0 || isKnown) return null;
  const contents = items.map(({ component, version, digest }) => ({ component, version, digest }));
  return newDownloadRollout({ download, plan, contents }, rings);
}

export function deliverNow(
  context: Context,
  params: ParamsOf<Table, 'deliver.now'>,
  { name: who }: By,
): Promise<Result<ResultOf<Table, 'deliver.now'>>> {
  const { book, loop, clock, settings } = context;
  return loop.serial(async () => {
    const now = clock.now();
    const name = params.plan ?? settings.activePlan;
    const plan = settings.plansAt(now).find((one) => one.name === name);
    if (plan === undefined) return refuse(problem('DEPLOYMENT_PLAN_UNKNOWN', { plan: name }));
    const download = book.newestDownload();
    if (download === undefined) return refuse(problem('NOTHING_DOWNLOADED', {}));
    const planned = deploymentsNow(plan, now);
    const rollout = rolloutOf(book, plan, download);
    const detail = { plan: name, download: download.number, folders: planned.map(folderOf) };
    await book.commit({
      ...book.withDeployments(planned, download.number, { now, rollout }),
      record: [{ at: now, kind: 'delivery-planned', who, server: null, detail }],
    });
    await loop.reconcile();
    const folders = new Set(planned.map((one) => one.folder));
    return ok(outcome(context, sitesIn(book, folders)));
  });
}

export function moveSite(
  { book, loop, clock }: Context,
  { site, folder }: ParamsOf<Table, 'site.move'>,
  { name: who }: By,
): Promise<Result<ResultOf<Table, 'site.move'>>> {
  return loop.serial(async () => {
    const known = book.site(site);
    if (known === undefined) return refuse(problem('INFORMATION_SERVER_UNKNOWN', { site }));
    if (!book.folders().includes(folder)) {
      return refuse(problem('FOLDER_UNKNOWN', { folder, known: book.folders().join(', ') }));
    }
    const detail = { from: book.folderOf(site), to: folder };
    await book.commit({
      sites: [{ ...blankSite(site), ...known, folder }],
      record: [{ at: clock.now(), kind: 'site-moved', who, server: site, detail }],
    });
    await loop.reconcile();
    return ok({ done: true as const });
  });
}
