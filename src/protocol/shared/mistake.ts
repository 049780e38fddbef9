/**
 * What is wrong with something that was sent, in one line for people. The names in it are those
 * of whoever sent it: never longer than a line, so that nobody fills a log or an answer with them.
 */

import type { z } from 'zod';

export const mistakeCharactersMax = 500;

/** The first of them: where it stands, and what was expected there. */
export function detailOf(error: z.ZodError | undefined): string {
  const issue = error?.issues[0];
  const path = (issue?.path.slice(0, placesMax) ?? []).map(shortened).join('.');
  return `${path}: ${issue?.message ?? 'unreadable'}`.slice(0, mistakeCharactersMax);
}

const placesMax = 20;
const placeCharactersMax = 60;

function shortened(place: PropertyKey): string {
  return String(place).slice(0, placeCharactersMax);
}
