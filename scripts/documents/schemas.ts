/**
 * Writes `docs/schemas/*.json` from the schemas that the programs parse with, so that the two
 * cannot differ. `node scripts/documents/schemas.ts`; the test runs the same and compares.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { controlManagerCalls, informationServerCalls } from '#protocol/console/contract.ts';
import { doctorSchema, portsSchema } from '#protocol/console/doctor.ts';
import { verificationSchema } from '#protocol/console/record-calls.ts';
import { forecastDocumentSchema } from '#protocol/console/forecast.ts';
import { peopleCalls, sessionCalls } from '#protocol/console/people-calls.ts';
import { upgradeReportSchema } from '#protocol/console/report.ts';
import {
  agentToInformationServer,
  fromAgent,
  informationServerToAgent,
  toAgent,
} from '#protocol/control-manager/messages.ts';
import { fromNormalServer, toNormalServer } from '#protocol/normal-server/messages.ts';
import { exportedLine, recordHeader } from '#protocol/record/export.ts';
import { toldHead } from '#protocol/shared/primitives.ts';
import { releaseManifestSchema } from '#protocol/shared/release.ts';
import { planSchema } from './plan-schema.ts';

export const schemasFolder = join(dirname(dirname(import.meta.dirname)), 'docs', 'schemas');
const dialect = 'https://json-schema.org/draft/2020-12/schema';

/** What is written on the wire or in the file, not what it becomes when it was parsed. */
function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

type Table = Readonly<Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>>;

function callsOf(table: Table): Record<string, unknown> {
  const calls = Object.entries(table).map(
    ([call, { params, result }]) =>
      [call, { params: schemaOf(params), result: schemaOf(result) }] as const,
  );
  return Object.fromEntries(calls.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** Messages of one link, by who says them to whom. */
function linkOf(title: string, directions: Readonly<Record<string, z.ZodType>>): object {
  const messages = Object.entries(directions).map(
    ([direction, schema]) => [direction, schemaOf(schema)] as const,
  );
  return { $schema: dialect, title, messages: Object.fromEntries(messages) };
}

/** File name -> text. */
export function allSchemas(): ReadonlyMap<string, string> {
  const written: readonly (readonly [string, object])[] = [
    [
      'release.json',
      {
        $schema: dialect,
        title: 'Release manifest of Dankai, format 1',
        ...schemaOf(releaseManifestSchema),
      },
    ],
    [
      'forecast.json',
      {
        $schema: dialect,
        title: 'What `dankai upgrade plan --forecast --json` prints',
        ...schemaOf(forecastDocumentSchema),
      },
    ],
    [
      'report.json',
      {
        $schema: dialect,
        title: 'What `dankai upgrade report --json` prints',
        ...schemaOf(upgradeReportSchema),
      },
    ],
    [
      'record.json',
      {
        $schema: dialect,
        title:
          'The record as `dankai audit export` writes it, heads kept elsewhere, and what `dankai audit verify --json` prints',
        header: schemaOf(recordHeader),
        line: schemaOf(exportedLine),
        head: schemaOf(toldHead),
        verification: schemaOf(verificationSchema),
      },
    ],
    [
      'doctor.json',
      {
        $schema: dialect,
        title: 'What `dankai doctor --json` and `dankai ports --json` print',
        doctor: schemaOf(doctorSchema),
        ports: schemaOf(portsSchema),
      },
    ],
    [
      'console.json',
      {
        title: 'Calls of the console listeners: POST /v1/<call>, one JSON object each way',
        informationServer: callsOf({ ...sessionCalls, ...peopleCalls, ...informationServerCalls }),
        controlManager: callsOf({ ...sessionCalls, ...peopleCalls, ...controlManagerCalls }),
      },
    ],
    [
      'normal-server.json',
      linkOf('Link of a normal server, version 1: JSON text messages of one WebSocket', {
        'normal server to information server': fromNormalServer,
        'information server to normal server': toNormalServer,
      }),
    ],
    [
      'control-manager.json',
      linkOf('Links of the control manager agent, version 1: JSON text messages', {
        'agent to control manager': fromAgent,
        'control manager to agent': toAgent,
        'agent to information server': agentToInformationServer,
        'information server to agent': informationServerToAgent,
      }),
    ],
  ];
  const texts = written.map(
    ([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`] as const,
  );
  return new Map([...texts, ['plan.json', planSchema()]]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(schemasFolder, { recursive: true });
  for (const [name, text] of allSchemas()) await writeFile(join(schemasFolder, name), text);
}
