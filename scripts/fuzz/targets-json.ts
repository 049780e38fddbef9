/** Messages, calls and files of JSON, each through the very code that reads it. */

import assert from 'node:assert/strict';
import type { z } from 'zod';
import {
  decode as decodeRow,
  encode as encodeRow,
  RowDamaged,
} from '#adapters/database/rows-json.ts';
import { parseKit, sealKit } from '#adapters/organisation/kit-file.ts';
import { cheapSealing } from '#adapters/secrets/sealing.testing.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import { parseReleaseBytes } from '#adapters/release/release-file.ts';
import {
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
  rolesOf,
  signersOf,
  textOf as metadataText,
} from '#adapters/metadata/tuf-metadata.ts';
import { parseEntry } from '#launcher/entries.ts';
import { openSwitch } from '#normal-server/switch-intents.ts';
import { parseRemembered, rememberedFile } from '#normal-server/remembered.ts';
import { controlManagerCalls, informationServerCalls } from '#protocol/console/contract.ts';
import { peopleCalls, sessionCalls } from '#protocol/console/people-calls.ts';
import {
  agentToInformationServer,
  fromAgent,
  informationServerToAgent,
  toAgent,
} from '#protocol/control-manager/messages.ts';
import { fromNormalServer, toNormalServer } from '#protocol/normal-server/messages.ts';
import { installerFacts, localUpgradeRequest } from '#protocol/shared/installer.ts';
import { detailOf, mistakeCharactersMax } from '#protocol/shared/mistake.ts';
import {
  enrolmentTokenSchema,
  enrolRequest,
  leaveRequest,
  rehomeRequest,
  renewRequest,
  organisationText,
  parseOrganisation,
} from '#protocol/shared/organisation.ts';
import { canonicalJson as releaseText, releaseManifestSchema } from '#protocol/shared/release.ts';
import { revocationsSchema } from '#protocol/shared/revocations.ts';
import { parseExported, parseHead, parseHeader } from '#protocol/record/export.ts';
import { Chance } from '#simulation/world/chance.ts';
import { TestRepository } from '../../test/trust/tuf-for-tests.ts';
import { samplesOf } from './samples.ts';
import {
  bytesOf,
  expectAnswer,
  expectProblem,
  hear,
  jsonOf,
  textOf,
  type Target,
} from './target.ts';

const samplesOfEach = 12;
const chance = new Chance(1);

/** A message on a waiting connection, or the parameters of a call: parsed, or refused in words. */
function message(name: string, schema: z.ZodType): Target {
  return {
    name,
    form: 'json',
    samples: samplesOf(schema, samplesOfEach, chance.fork(name)),
    check(input) {
      const value = jsonOf(input);
      if (value === undefined) return;
      const parsed = schema.safeParse(value);
      hear(parsed.success);
      if (!parsed.success) {
        assert.ok(detailOf(parsed.error).length <= mistakeCharactersMax);
        return;
      }
      // What was taken can be told on.
      JSON.stringify(parsed.data);
    },
  };
}

const links: Readonly<Record<string, z.ZodType>> = {
  'from-normal-server': fromNormalServer,
  'to-normal-server': toNormalServer,
  'from-agent': fromAgent,
  'to-agent': toAgent,
  'agent-to-information-server': agentToInformationServer,
  'information-server-to-agent': informationServerToAgent,
  'enrolment-token': enrolmentTokenSchema,
  'enrol-request': enrolRequest,
  'renew-request': renewRequest,
  'leave-request': leaveRequest,
  'rehome-request': rehomeRequest,
  'local-upgrade-request': localUpgradeRequest,
  'installer-facts': installerFacts,
  revocations: revocationsSchema,
};

type CallTable = Readonly<Record<string, { readonly params: z.ZodType }>>;

/** One target for all calls of a tier: which of them is meant stands in the input. */
function calls(name: string, table: CallTable): Target {
  const samples = Object.entries(table).flatMap(([call, { params }]) =>
    samplesOf(params, 3, chance.fork(call)).map((sample) =>
      Buffer.from(`{"call":${JSON.stringify(call)},"params":${textOf(sample)}}`),
    ),
  );
  return {
    name,
    form: 'json',
    samples,
    check(input) {
      const value = jsonOf(input);
      if (typeof value !== 'object' || value === null) return;
      if (!('call' in value && 'params' in value)) return;
      const call = String(value.call);
      const shape = Object.hasOwn(table, call) ? table[call] : undefined;
      const parsed = shape?.params.safeParse(value.params);
      hear(parsed?.success === true);
      if (parsed !== undefined && !parsed.success) assert.ok(parsed.error.issues.length > 0);
    },
  };
}

/** A row of a database, as it stands on the disk: with its checksum, and from before there were any. */
function storedRow(): Target {
  const row = { server: 'a1', running: { version: '5.80' }, detail: [1, null, 'x'] };
  return {
    name: 'stored-row',
    form: 'text',
    samples: [bytesOf(encodeRow(row)), bytesOf(row)],
    words: [',"#":"00000000"}', '"#"', '__proto__', '}'],
    check(input) {
      try {
        assert.equal(typeof decodeRow<object>(textOf(input), 'servers'), 'object');
        hear(true);
      } catch (error) {
        if (!(error instanceof RowDamaged)) throw error;
        expectProblem(error.because);
      }
    },
  };
}

function releaseManifest(): Target {
  const drawn = samplesOf(releaseManifestSchema, samplesOfEach, chance.fork('release'));
  return {
    name: 'release-manifest',
    form: 'json',
    samples: drawn.map((one) => bytesOf(releaseText(releaseManifestSchema.parse(jsonOf(one))))),
    check(input) {
      expectAnswer(parseReleaseBytes(input, 'release.json'), ({ manifest }) => {
        assert.equal(releaseText(manifest), textOf(input), 'there is one spelling');
      });
    },
  };
}

async function organisation(): Promise<Target> {
  const { text } = await testOrganisation();
  return {
    name: 'organisation',
    form: 'json',
    samples: [bytesOf(text)],
    check(input) {
      expectAnswer(parseOrganisation(textOf(input), 'organisation.json'), (read) => {
        assert.equal(organisationText(read), textOf(input), 'there is one spelling');
      });
    },
  };
}

/** What makes a computer a part of an organisation, its keys sealed or not. */
async function kit(): Promise<Target> {
  const { controlManagerKit, site } = await testOrganisation();
  const sealed = await sealKit(site.kit, { passphrase: 'of the fuzz', cost: cheapSealing });
  return {
    name: 'kit',
    form: 'json',
    samples: [controlManagerKit, site.kit, sealed].map(bytesOf),
    check(input) {
      const read = parseKit(textOf(input));
      if (!read.ok) assert.ok(read.because.length <= mistakeCharactersMax);
    },
  };
}

function metadata(): Target {
  const { files } = new TestRepository();
  return {
    name: 'metadata',
    form: 'json',
    samples: [...files.values()],
    words: ['"signed"', '"signatures"', '"keyids"', '"threshold"', '"_type"', '"expires"'],
    check(input) {
      const value = jsonOf(input);
      if (value === undefined) return;
      const file = 'metadata.json';
      expectAnswer(parseRoot(value, file), (root) => {
        metadataText(root);
        signersOf(root, 'root', root);
        rolesOf(root);
      });
      expectAnswer(parseTargets(value, file), (read) => void metadataText(read));
      expectAnswer(parseSnapshot(value, file), (read) => void metadataText(read));
      expectAnswer(parseTimestamp(value, file), (read) => void metadataText(read));
    },
  };
}

function record(): Target {
  const line = {
    at: 1_790_000_000_000,
    detail: { reason: 'because', lasts: [1, null, { a: true }] },
    kind: 'hold-placed',
    number: 1,
    server: null,
    who: 'a person',
  };
  const samples = [
    { hash: 'a'.repeat(64), line },
    { epoch: 1, hash: 'a'.repeat(64), number: 7, site: 'tokyo' },
    {
      format: 1,
      genesis: { at: 1_790_000_000_000, format: 1, linesBefore: 0, site: 'tokyo' },
      head: { hash: 'a'.repeat(64), number: 7 },
    },
  ];
  return {
    name: 'record',
    form: 'json',
    samples: samples.map(bytesOf),
    check(input) {
      const text = textOf(input);
      parseHeader(text);
      parseHead(text);
      const found = parseExported(text);
      if (found !== null) assert.ok(text.includes(found.text), 'a line is what stands there');
    },
  };
}

function remembered(): Target {
  const sample = {
    format: 1,
    installId: 'install-1',
    fence: { epoch: 1, number: 2 },
    returns: [],
    asked: null,
    received: [{ digest: 'a'.repeat(64), bytes: 5, partBytes: 5 }],
  };
  return {
    name: 'remembered',
    form: 'json',
    samples: [bytesOf(sample)],
    check(input) {
      const read = parseRemembered(jsonOf(input));
      if (read === null) return;
      assert.deepEqual(parseRemembered(rememberedFile(read)), read, 'the same again');
    },
  };
}

function intents(): Target {
  const at = 1_790_000_000_000;
  const lines = [
    { type: 'switch', from: '5.70-a', to: '5.80-b', at, until: at + 1_000 },
    { type: 'returning', cause: 'health', detail: 'no' },
    { type: 'committed' },
    { type: 'asked', to: '5.80-b', tag: 'lease-1', at, until: at + 1_000 },
  ];
  return {
    name: 'intent-lines',
    form: 'json',
    samples: [...lines, lines].map(bytesOf),
    check(input) {
      const value = jsonOf(input);
      const many: readonly unknown[] = Array.isArray(value) ? value : [value];
      for (const one of many) parseEntry(one);
      openSwitch(many);
    },
  };
}

export async function jsonTargets(): Promise<readonly Target[]> {
  return [
    ...Object.entries(links).map(([name, schema]) => message(name, schema)),
    calls('calls-information-server', informationServerCalls),
    calls('calls-control-manager', controlManagerCalls),
    calls('calls-people', { ...peopleCalls, ...sessionCalls }),
    storedRow(),
    releaseManifest(),
    await organisation(),
    await kit(),
    metadata(),
    record(),
    remembered(),
    intents(),
  ];
}
