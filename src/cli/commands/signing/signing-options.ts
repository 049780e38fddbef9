/** The options that the commands for keys and signatures share. */

import { z } from 'zod';
import type { Lane } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import type { SigningPlace } from '#ports/signing.ts';
import type { Given } from '../../command.ts';
import { list, parsed, text } from '../../given.ts';

export const lanes = ['program', 'content'] as const satisfies readonly Lane[];

export function laneOf(given: Given): Result<Lane> {
  const typed = text(given, 'lane');
  if (typed === undefined) return ok('program');
  return parsed(z.enum(lanes), typed, { option: '--lane', expected: 'lane' });
}

export function placeOf(given: Given, lane: Lane): SigningPlace {
  const folder = text(given, 'organisationFolder') ?? '';
  return { folder, lane, keys: list(given, 'key') };
}
