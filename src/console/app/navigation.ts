/** What the rail leads to, in its order; each tier has its own. A new page is a line here. */

import type { ConsoleKey } from '#words/words-console.ts';
import type { IconName } from '../parts/text/icon.tsx';
import type { Place } from './session.tsx';

type Entry = {
  readonly to:
    | '/fleet'
    | '/deploy'
    | '/catalogue'
    | '/content'
    | '/holds'
    | '/campaigns'
    | '/traffic'
    | '/record'
    | '/people'
    | '/enrolment'
    | '/settings'
    | '/site'
    | '/upgrades';
  readonly text: ConsoleKey;
  readonly icon: IconName;
  readonly tiers: readonly Place['tier'][];
};

export const navigation: readonly Entry[] = [
  {
    to: '/fleet',
    text: 'navigation.fleet',
    icon: 'fleet',
    tiers: ['information-server'],
  },
  { to: '/fleet', text: 'sites.title', icon: 'site', tiers: ['control-manager'] },
  {
    to: '/campaigns',
    text: 'campaigns.title',
    icon: 'upgrade',
    tiers: ['control-manager'],
  },
  { to: '/deploy', text: 'navigation.deploy', icon: 'deploy', tiers: ['information-server'] },
  { to: '/upgrades', text: 'navigation.upgrades', icon: 'upgrade', tiers: ['information-server'] },
  {
    to: '/catalogue',
    text: 'navigation.catalogue',
    icon: 'catalogue',
    tiers: ['information-server'],
  },
  {
    to: '/content',
    text: 'navigation.content',
    icon: 'content',
    tiers: ['information-server', 'control-manager'],
  },
  {
    to: '/holds',
    text: 'navigation.holds',
    icon: 'hold',
    tiers: ['information-server', 'control-manager'],
  },
  { to: '/traffic', text: 'navigation.traffic', icon: 'traffic', tiers: ['information-server'] },
  {
    to: '/record',
    text: 'navigation.record',
    icon: 'record',
    tiers: ['information-server', 'control-manager'],
  },
  {
    to: '/people',
    text: 'navigation.people',
    icon: 'people',
    tiers: ['information-server', 'control-manager'],
  },
  {
    to: '/enrolment',
    text: 'navigation.enrolment',
    icon: 'enrolment',
    tiers: ['information-server'],
  },
  { to: '/settings', text: 'navigation.settings', icon: 'settings', tiers: ['information-server'] },
  { to: '/site', text: 'navigation.site', icon: 'site', tiers: ['information-server'] },
];
