/** One quiet site as tests begin with it: nothing of it is drawn; each test names what it is about. */

import type { FleetOptions } from '#simulation/fleet/options.ts';

export const plainFleet: Partial<FleetOptions> = {
  sites: 1,
  serversEach: 4,
  groups: 2,
  bytesPerSecond: 1_000_000,
  bytesPerSecondEach: 1_000_000,
  latencyMilliseconds: 5,
  jitterMilliseconds: 0,
  archiveBytes: 200_000,
  jitterSeconds: 0,
  gate: { percentMin: 80, sampleMin: 1, soakSeconds: 30 },
  minutesBetween: 5,
  hold: 'servers',
  approve: false,
  inFlightMax: 2,
  leaseSeconds: 120,
  proveSeconds: 30,
  holdMinutesMax: 60,
  stageMinutesMax: 30,
  agentStop: false,
  hasControlManager: false,
  minutesBetweenContents: null,
  windows: null,
  beside: null,
};
