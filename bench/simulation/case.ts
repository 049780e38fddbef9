/**
 * One fleet of `bench/simulation.ts`, in a process of its own so that its peak of memory is its own:
 * `case.ts SERVERS`. A whole run with every checker on, its recounts and its end included.
 */

import { run, type Outcome, type RunOptions } from '#simulation/run.ts';

const archiveBytes = 40_000_000;
const groups = 5;
/** What each server of a group has of the link while all of them fetch. */
const secondsAGroup = 600;
/** Compiles what is run; its events are not counted. */
const serversOfWarmUp = 100;

/** The same in everything but its size: nothing of it is drawn. */
function optionsOf(servers: number): RunOptions {
  const bytesPerSecond = (servers / groups) * (archiveBytes / secondsAGroup);
  return {
    seed: 1,
    servers,
    events: null,
    faults: [],
    keep: null,
    milliseconds: 3_600_000,
    fleet: {
      sites: 1,
      serversEach: servers,
      groups,
      bytesPerSecond,
      bytesPerSecondEach: bytesPerSecond / 4,
      latencyMilliseconds: 5,
      jitterMilliseconds: 1,
      archiveBytes,
      jitterSeconds: 60,
      gate: { percentMin: 80, sampleMin: 1, soakSeconds: 30 },
      minutesBetween: 5,
      hold: 'site',
      approve: false,
      inFlightMax: Math.ceil(servers / 10),
      leaseSeconds: 600,
      proveSeconds: 120,
      holdMinutesMax: 240,
      stageMinutesMax: 240,
      agentStop: false,
      hasControlManager: true,
      minutesBetweenContents: 30,
      windows: null,
      beside: null,
    },
  };
}

async function finished(servers: number): Promise<Outcome> {
  const outcome = await run(optionsOf(servers));
  if (outcome.end === 'finished') return outcome;
  throw new Error(`${servers} servers: ${outcome.end}, ${outcome.violation?.what ?? ''}`);
}

await finished(serversOfWarmUp);
const servers = Number(process.argv[2]);
const began = performance.now();
const before = process.cpuUsage();
const { events, virtualMilliseconds } = await finished(servers);
const { user, system } = process.cpuUsage(before);
const figures = {
  events,
  cpuSeconds: (user + system) / 1e6,
  seconds: (performance.now() - began) / 1_000,
  virtualHours: virtualMilliseconds / 3_600_000,
  mebibytes: process.resourceUsage().maxRSS / 1_024,
};
console.log(JSON.stringify(figures));
