/** Which function answers which call. */

import type { Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import type { By, Parts } from '../parts.ts';
import { exportBill, showBill } from './bill.ts';
import { resetBudget, setBudget, showBudget } from './budget.ts';
import { beginPart, listParts } from './campaigns.ts';
import { diffCatalogue, restoreCatalogue, showCatalogue, updateNow } from './catalogue.ts';
import { examineServer, readServerLog } from './care.ts';
import { deploy } from './deploy.ts';
import { rollback } from './rollback.ts';
import {
  addToken,
  approveServer,
  listCertificates,
  listTokens,
  revokeServer,
  revokeToken,
} from './enrolment.ts';
import { fetchShared } from './fetch.ts';
import { pruneShare } from './prune.ts';
import { beginForecast, lookAtForecast, stopForecast } from './forecast.ts';
import { identify, move, tree } from './fleet.ts';
import { permitInstaller } from './installer.ts';
import { names, overview, page, server } from './fleet-list.ts';
import { removeServer } from './removal.ts';
import { addHold, listHolds, releaseHold } from './holds.ts';
import { admitContent, listRings, passRing, withdrawContent } from './rings.ts';
import { askWitnesses, listRecord, searchRecord, showRecord } from './record.ts';
import { importNotices } from './organisation.ts';
import { reportUpgrade } from './report.ts';
import {
  agentView,
  listComponents,
  listEvidence,
  showSite,
  upgradeAgent,
  upgradeSelf,
  wantAgent,
} from './site.ts';
import { listUpgrades, listUpgradeServers, showRelease, showUpgrade } from './upgrade-page.ts';
import { approve, direct, planUpgrade, startUpgrade, statusOf, why } from './upgrades.ts';

type Handlers = {
  readonly [Call in keyof InformationServerTable]: (
    parts: Parts,
    params: ParamsOf<InformationServerTable, Call>,
    by: By,
  ) => Promise<Result<ResultOf<InformationServerTable, Call>>>;
};

export const handlers: Handlers = {
  'site.show': showSite,
  'settings.show': async ({ settings }) => ({ ok: true, value: settings }),
  'components.list': listComponents,
  'catalogue.show': showCatalogue,
  'catalogue.diff': diffCatalogue,
  'catalogue.restore': restoreCatalogue,
  'fleet.tree': tree,
  'fleet.page': page,
  'fleet.server': server,
  'fleet.names': names,
  'fleet.overview': overview,
  'fleet.move': move,
  'fleet.identify': identify,
  'fleet.doctor': examineServer,
  'fleet.log': readServerLog,
  'fleet.token.add': addToken,
  'fleet.token.list': listTokens,
  'fleet.token.revoke': revokeToken,
  'fleet.approve': approveServer,
  'fleet.revoke': revokeServer,
  'fleet.remove': removeServer,
  'installer.permit': permitInstaller,
  'fleet.certificates': listCertificates,
  'organisation.import': importNotices,
  deploy,
  rollback,
  'update.now': updateNow,
  'agent.status': async (parts) => ({ ok: true, value: await agentView(parts) }),
  'agent.stop': (parts, _, by) => wantAgent(parts, 'stopped', by),
  'agent.start': (parts, _, by) => wantAgent(parts, 'running', by),
  'agent.upgrade': (parts, _, by) => upgradeAgent(parts, by),
  'hold.add': addHold,
  'hold.list': listHolds,
  'hold.release': releaseHold,
  'content.rings': listRings,
  'content.pass': passRing,
  'content.withdraw': withdrawContent,
  'content.admit': admitContent,
  'forecast.begin': beginForecast,
  'forecast.look': lookAtForecast,
  'forecast.stop': stopForecast,
  'share.fetch': fetchShared,
  'share.prune': pruneShare,
  'budget.show': (parts) => showBudget(parts),
  'budget.set': setBudget,
  'budget.reset': resetBudget,
  'bill.show': showBill,
  'bill.export': exportBill,
  'upgrade.report': reportUpgrade,
  'upgrade.list': listUpgrades,
  'upgrade.show': showUpgrade,
  'upgrade.servers': listUpgradeServers,
  'release.show': showRelease,
  'upgrade.plan': planUpgrade,
  'upgrade.start': startUpgrade,
  'upgrade.status': statusOf,
  'upgrade.approve': approve,
  'upgrade.pause': (parts, params, by) => direct(parts, 'pause', params, by),
  'upgrade.resume': (parts, params, by) => direct(parts, 'resume', params, by),
  'upgrade.stop': (parts, params, by) => direct(parts, 'stop', params, by),
  'upgrade.why': why,
  'campaign.parts': (parts) => listParts(parts),
  'campaign.begin': beginPart,
  'information-server.upgrade': upgradeSelf,
  'record.list': listRecord,
  'record.search': searchRecord,
  'record.show': showRecord,
  'record.witnesses': askWitnesses,
  'evidence.list': listEvidence,
};

/** The listener has parsed the params by the contract of that very call. */
export function answer(
  parts: Parts,
  asked: { readonly call: string; readonly params: unknown; readonly by: By },
): Promise<Result<unknown>> {
  const { call, params, by } = asked;
  const handler = handlers[call as keyof Handlers] as (
    parts: Parts,
    params: unknown,
    by: By,
  ) => Promise<Result<unknown>>;
  return handler(parts, params, by);
}
