/** Every address of the console, in one place. A page is loaded when it is first gone to. */

import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import type { Problem } from '#domain/problem.ts';
import { Shell } from './app/shell.tsx';
import { fleetSearch } from './pages/fleet/fleet-search.ts';
import { recordSearch } from './pages/record/record-search.ts';
import { stepSearch } from './pages/new-upgrade/steps.ts';
import { NotFound } from './pages/not-found.tsx';

/** Why a sign-in link did not sign in; null: it did, or there was none. */
type Context = { readonly linkRefusal: Problem | null };

const root = createRootRouteWithContext<Context>()({
  component: Shell,
  notFoundComponent: NotFound,
});

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => redirect({ to: '/fleet', throw: true }),
});

const fleet = createRoute({
  getParentRoute: () => root,
  path: '/fleet',
  validateSearch: fleetSearch,
  component: lazyRouteComponent(() => import('./pages/fleet/fleet-page.tsx'), 'FleetPage'),
});

const server = createRoute({
  getParentRoute: () => root,
  path: '/fleet/$server',
  component: lazyRouteComponent(() => import('./pages/fleet/server-page.tsx'), 'ServerPage'),
});

const holds = createRoute({
  getParentRoute: () => root,
  path: '/holds',
  component: lazyRouteComponent(() => import('./pages/holds/holds-page.tsx'), 'HoldsPage'),
});

const campaigns = createRoute({
  getParentRoute: () => root,
  path: '/campaigns',
  component: lazyRouteComponent(
    () => import('./pages/campaigns/campaigns-page.tsx'),
    'CampaignsPage',
  ),
});

const traffic = createRoute({
  getParentRoute: () => root,
  path: '/traffic',
  component: lazyRouteComponent(() => import('./pages/traffic/traffic-page.tsx'), 'TrafficPage'),
});

const record = createRoute({
  getParentRoute: () => root,
  path: '/record',
  validateSearch: recordSearch,
  component: lazyRouteComponent(() => import('./pages/record/record-page.tsx'), 'RecordPage'),
});

const people = createRoute({
  getParentRoute: () => root,
  path: '/people',
  component: lazyRouteComponent(() => import('./pages/people/people-page.tsx'), 'PeoplePage'),
});

const enrolment = createRoute({
  getParentRoute: () => root,
  path: '/enrolment',
  component: lazyRouteComponent(
    () => import('./pages/enrolment/enrolment-page.tsx'),
    'EnrolmentPage',
  ),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
});

const site = createRoute({
  getParentRoute: () => root,
  path: '/site',
  component: lazyRouteComponent(() => import('./pages/site/site-page.tsx'), 'SitePage'),
});

const deploy = createRoute({
  getParentRoute: () => root,
  path: '/deploy',
  component: lazyRouteComponent(() => import('./pages/deploy/deploy-page.tsx'), 'DeployPage'),
});

const content = createRoute({
  getParentRoute: () => root,
  path: '/content',
  component: lazyRouteComponent(() => import('./pages/content/content-page.tsx'), 'ContentPage'),
});

const catalogue = createRoute({
  getParentRoute: () => root,
  path: '/catalogue',
  component: lazyRouteComponent(
    () => import('./pages/catalogue/catalogue-page.tsx'),
    'CataloguePage',
  ),
});

const upgrades = createRoute({
  getParentRoute: () => root,
  path: '/upgrades',
  component: lazyRouteComponent(() => import('./pages/upgrades/upgrades-page.tsx'), 'UpgradesPage'),
});

const newUpgrade = createRoute({
  getParentRoute: () => root,
  path: '/upgrades/new',
  validateSearch: stepSearch,
  component: lazyRouteComponent(
    () => import('./pages/new-upgrade/new-upgrade-page.tsx'),
    'NewUpgradePage',
  ),
});

const upgrade = createRoute({
  getParentRoute: () => root,
  path: '/upgrades/$upgrade',
  component: lazyRouteComponent(() => import('./pages/upgrades/upgrade-page.tsx'), 'UpgradePage'),
});

const report = createRoute({
  getParentRoute: () => root,
  path: '/upgrades/$upgrade/report',
  component: lazyRouteComponent(() => import('./pages/upgrades/report-page.tsx'), 'ReportPage'),
});

const tree = root.addChildren([
  start,
  fleet,
  server,
  deploy,
  upgrades,
  newUpgrade,
  upgrade,
  report,
  catalogue,
  content,
  holds,
  campaigns,
  traffic,
  record,
  people,
  enrolment,
  settings,
  site,
]);

export function makeRouter(context: Context) {
  return createRouter({ routeTree: tree, defaultPreload: 'intent', context });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
