/** Brings back what drifted, and only that; shown line by line before anything is written (R5). */

import { mayRestore } from '#domain/catalogue/may-restore.ts';
import { problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import type { DriftView } from '#protocol/console/contract.ts';
import { useQueryClient } from '@tanstack/react-query';
import { callSite } from '../../data/call.ts';
import { useSiteCall } from '../../data/use-call.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { DriftTable } from './drift-table.tsx';

export function RestoreButton({ drift }: { readonly drift: DriftView }) {
  const words = useWords();
  const right = useMayCall()('catalogue.restore', 'whole');
  return (
    <DialogButton
      text={words.text('catalogue.restore')}
      look="main"
      verdict={right.go ? mayRestore(drift) : right}
    >
      {(close) => <RestoreDialog onClose={close} />}
    </DialogButton>
  );
}

function RestoreDialog({ onClose }: { onClose(): void }) {
  const words = useWords();
  const toast = useToast();
  const queries = useQueryClient();
  // Looked at anew, byte by byte: what the page shows may be some seconds old.
  const preview = useSiteCall('catalogue.restore', { preview: true });
  const before = preview.data?.before ?? null;
  const act = async (): Promise<Result<unknown>> => {
    const done = await callSite('catalogue.restore', { preview: false });
    await queries.invalidateQueries({ queryKey: ['catalogue.diff'] });
    await queries.invalidateQueries({ queryKey: ['catalogue.restore'] });
    if (!done.ok) return done;
    const { after } = done.value;
    const count = after.fields.length + after.packages.length;
    if (!after.clean) return refuse(problem('CATALOGUE_DRIFTED', { count }));
    toast(words.text('catalogue.restored'));
    return done;
  };
  return (
    <ConfirmDialog
      title={words.text('catalogue.restore')}
      confirm={words.text('catalogue.restoreConfirm')}
      size="wide"
      verdict={before === null ? { go: true } : mayRestore(before)}
      cli={cliLine('catalogue', 'restore')}
      act={act}
      onClose={onClose}
    >
      <p>{words.text('catalogue.restoreHint')}</p>
      <Loaded query={preview}>{(value) => <DriftTable drift={value.before} />}</Loaded>
    </ConfirmDialog>
  );
}
