/**
 * Puts servers into a group of the plan that is being written in this browser: groups belong to a
 * plan, and nothing begins by it. Where none is being written, the same is a line of a plan, to copy.
 */

import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ServerId } from '#domain/names.ts';
import { ok } from '#domain/result.ts';
import type { PlanFile } from '#protocol/plan/plan-file.ts';
import { useWords } from '../../app/language.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { ServerNames } from '../../parts/text/server-names.tsx';
import { useDraft, type Draft } from '../new-upgrade/draft.ts';
import { editsOfMove, freeGroup, moved, type Members } from '../new-upgrade/membership.ts';

type Props = { readonly servers: readonly ServerId[]; onClose(): void };

export function GroupDialog(props: Props) {
  const draft = useDraft();
  return draft.plan === null ? (
    <LineDialog {...props} />
  ) : (
    <DraftDialog {...props} draft={draft} plan={draft.plan} />
  );
}

function DraftDialog(props: Props & { readonly draft: Draft; readonly plan: PlanFile }) {
  const { servers, draft, plan, onClose } = props;
  const words = useWords();
  const toast = useToast();
  const navigate = useNavigate();
  const groups = plan.groups.map(({ name }) => name);
  const added = freeGroup(groups);
  const [group, setGroup] = useState(groups[0] ?? added);
  const act = async () => {
    // Whom a domain brings is named elsewhere by this, so nobody must be asked who that is.
    draft.editAll(editsOfMove(plan, new Map(), { servers, to: group }));
    toast(words.text('fleet.groupPut', { servers: servers.length, group }));
    await navigate({ to: '/upgrades/new', search: { step: 'groups' } });
    return ok(null);
  };
  const { component, version } = plan.release;
  const after = moved(plan, new Map(), { servers, to: group }).find(({ name }) => name === group);
  return (
    <ConfirmDialog
      title={words.text('fleet.action.group')}
      confirm={words.text('fleet.groupConfirm', { group })}
      verdict={{ go: true }}
      cli={null}
      act={act}
      onClose={onClose}
    >
      <ServerNames servers={servers} />
      <p className="quiet">{words.text('fleet.groupDraft', { component, version })}</p>
      <Choice
        label={words.text('fleet.column.group')}
        value={group}
        options={[
          ...groups.map((value) => ({ value, text: value })),
          { value: added, text: words.text('fleet.groupNew', { group: added }) },
        ]}
        onChange={setGroup}
      />
      <PlanLine group={after ?? { name: group, servers: [...servers] }} />
    </ConfirmDialog>
  );
}

function LineDialog({ servers, onClose }: Props) {
  const words = useWords();
  const toast = useToast();
  const [group, setGroup] = useState('A');
  const line = { name: group, servers: [...servers] };
  const act = async () => {
    await navigator.clipboard.writeText(`${lineOf(line)}\n`);
    toast(words.text('fleet.groupCopied', { group }));
    return ok(null);
  };
  return (
    <ConfirmDialog
      title={words.text('fleet.action.group')}
      confirm={words.text('fleet.groupCopy')}
      verdict={{ go: true }}
      cli={null}
      act={act}
      onClose={onClose}
    >
      <ServerNames servers={servers} />
      <p className="quiet">{words.text('fleet.groupHint')}</p>
      <TextEntry
        label={words.text('fleet.column.group')}
        value={group}
        onChange={setGroup}
        autoFocus
      />
      <PlanLine group={line} />
    </ConfirmDialog>
  );
}

/** What the command line reads: `dankai upgrade start` takes groups from a plan's file alone. */
function PlanLine({ group }: { readonly group: Members }) {
  return (
    <pre className="plan-line" tabIndex={0}>
      {lineOf(group)}
    </pre>
  );
}

function lineOf({ name, domain, servers = [] }: Members): string {
  const brought = domain === undefined ? '' : `domain: ${domain}, `;
  return `  - { name: ${name}, ${brought}servers: [${servers.join(', ')}] }`;
}
