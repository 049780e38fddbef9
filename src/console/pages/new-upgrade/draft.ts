/**
 * The plan that is being written: its text is the one truth, and the form shows what the text says.
 * Kept in this browser until the upgrade begins.
 */

import { useMemo, useState } from 'react';
import { planFileSchema, type PlanFile } from '#protocol/plan/plan-file.ts';
import { editYaml } from '#yaml/edit-yaml.ts';
import { readYaml, type YamlMistake, type YamlPath } from '#yaml/yaml-document.ts';

const storageKey = 'dankai.plan';
/** Larger plans are written as files. */
const keptMax = 2_000_000;

export type Draft = {
  readonly text: string;
  /** null: the text cannot be read as a plan. */
  readonly plan: PlanFile | null;
  readonly mistake: YamlMistake | null;
  write(text: string): void;
  /** `undefined` takes the key out. */
  edit(path: YamlPath, value: unknown): void;
  editAll(edits: readonly Edit[]): void;
  forget(): void;
};

export type Edit = { readonly path: YamlPath; readonly value: unknown };

export function useDraft(): Draft {
  const [text, setText] = useState(() => localStorage.getItem(storageKey) ?? '');
  const read = useMemo(() => readYaml(text, planFileSchema), [text]);
  const write = (next: string): void => {
    if (next.length <= keptMax) localStorage.setItem(storageKey, next);
    setText(next);
  };
  return {
    text,
    plan: read.ok ? read.value : null,
    mistake: read.ok ? null : read.mistake,
    write,
    edit: (path, value) => write(editYaml(text, path, value)),
    editAll: (edits) =>
      write(edits.reduce((before, { path, value }) => editYaml(before, path, value), text)),
    forget: () => {
      localStorage.removeItem(storageKey);
      setText('');
    },
  };
}

/** A first plan: a group for each domain, in their order. */
export function firstPlan(of: {
  readonly component: string;
  readonly version: string;
  readonly zone: string;
  readonly domains: readonly string[];
}): string {
  const { component, version, zone, domains } = of;
  const begun = `release:\n  component: program\n  version: ''\nzone: UTC\ngroups: []\n`;
  const groups = domains.map((domain, place) => ({ name: groupName(place), domain }));
  const edits: readonly (readonly [YamlPath, unknown])[] = [
    [['release', 'component'], component],
    [['release', 'version'], version],
    [['zone'], zone],
    [['groups'], groups],
  ];
  return edits.reduce((text, [path, value]) => editYaml(text, path, value), begun);
}

/** `A` to `Z`, then `G27` and on. */
export function groupName(place: number): string {
  return place < 26 ? String.fromCodePoint(65 + place) : `G${place + 1}`;
}
