/** What the parts of an upgrade's page are given. */

import type { InformationServerTable, ResultOf, UpgradeView } from '#protocol/console/contract.ts';

export type ShownUpgrade = ResultOf<InformationServerTable, 'upgrade.show'>;

export type UpgradeProps = { readonly view: UpgradeView; readonly shown: ShownUpgrade };
