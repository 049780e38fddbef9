/**
 * Where a control manager keeps what it must know: one file beside its generation, or the PostgreSQL
 * database that `DATABASE_URL` names.
 *
 * Neither is silently begun anew while the other holds what is known: sites would lose their holds
 * and hear of older content. A marker beside the file tells that it was left for a database.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { openDeliveryStore, type ControlManagerDatabase } from './delivery-database.ts';
import { databaseAddress } from './database-address.ts';

export type DeliveryPlaces = {
  readonly file: string;
  /** Stands while the database is the one that counts. */
  readonly marker: string;
  /** null: nobody named a database. */
  readonly url: string | null;
};

export function deliveryPlaces(data: string, environment: NodeJS.ProcessEnv): DeliveryPlaces {
  const file = join(data, 'control-manager.sqlite');
  return { file, marker: `${file}.left`, url: environment['DATABASE_URL'] || null };
}

/** Opens the one that counts. */
export async function openDeliveryPlace(
  places: DeliveryPlaces,
): Promise<Result<ControlManagerDatabase>> {
  const { file, marker, url } = places;
  const isLeft = existsSync(marker);
  if (url === null) {
    return isLeft
      ? refuse(problem('DATABASE_ELSEWHERE', { file: marker }))
      : openDeliveryStore({ file });
  }
  const opened = await openDeliveryStore({ url });
  if (!opened.ok || isLeft) return opened;
  const store = opened.value;
  const isNew = (await store.genesis()) === null;
  const marked =
    isNew && existsSync(file)
      ? refuse(problem('DATABASE_NOT_MOVED', { address: databaseAddress(url) ?? '', file }))
      : await writeFileAtomically(marker, '');
  if (!marked.ok) await store.close();
  return marked.ok ? opened : marked;
}
