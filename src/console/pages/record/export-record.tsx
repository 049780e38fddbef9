/** Hands the whole record out as `dankai audit export` does, so that anybody can verify it. */

import { useState } from 'react';
import type { Problem } from '#domain/problem.ts';
import { noGo } from '#domain/result.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall } from '../../app/session.tsx';
import { ActionButton } from '../../parts/action/action-button.tsx';
import { VerdictText } from '../../parts/action/verdict-text.tsx';
import { downloadText } from '../../parts/table/export.ts';
import { exportRecord } from './whole-record.ts';

export function ExportRecordButton() {
  const words = useWords();
  const verdict = useMayCall()('record.list', 'whole');
  const [isBusy, setBusy] = useState(false);
  const [because, setBecause] = useState<Problem | null>(null);
  const hand = async (): Promise<void> => {
    setBusy(true);
    const exported = await exportRecord(() => undefined);
    setBusy(false);
    setBecause(exported.ok ? null : exported.because);
    if (exported.ok) {
      const { name, text } = exported.value;
      downloadText(name, 'application/x-ndjson', [text]);
    }
  };
  return (
    <>
      <ActionButton icon="download" verdict={verdict} isBusy={isBusy} onPress={() => void hand()}>
        {words.text('record.export')}
      </ActionButton>
      {because === null ? null : <VerdictText verdict={noGo(because)} />}
    </>
  );
}
