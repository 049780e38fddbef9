/** One site as its control manager knows it: what it has, what is kept back from it, and where it stands. */

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { problem } from '#domain/problem.ts';
import { noGo } from '#domain/result.ts';
import type { ControlManagerTable, ResultOf } from '#protocol/console/contract.ts';
import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { callManager } from '../../data/call.ts';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { TimeText } from '../../parts/text/time-text.tsx';

type Site = ResultOf<ControlManagerTable, 'control-manager.show'>['sites'][number];
type Versions = Site['contents'];

type Props = {
  readonly site: Site;
  /** To which it may be moved; none: they are not known here, and one is typed. */
  readonly folders: readonly string[];
  onClose(): void;
};

export function SiteDialog({ site, folders, onClose }: Props) {
  const words = useWords();
  const queries = useQueryClient();
  const [folder, setFolder] = useState(site.folder);
  const right = useMayCall()('site.move', [site.site]);
  const label = words.text('sites.folder');
  const isSame = folder.trim() === '' || folder === site.folder;
  return (
    <ConfirmDialog
      title={site.site}
      confirm={words.text('sites.move')}
      verdict={right.go && isSame ? noGo(problem('OPTION_ABSENT', { option: label })) : right}
      cli={cliLine('site', 'move', site.site, '--folder', folder)}
      act={async () => {
        const moved = await callManager('site.move', { site: site.site, folder });
        await queries.invalidateQueries({ queryKey: ['control-manager.show'] });
        return moved;
      }}
      onClose={onClose}
    >
      <Facts
        facts={[
          { name: words.text('sites.contents'), value: shown(site.contents) },
          { name: words.text('sites.keptBack'), value: shown(site.keptBack) },
          { name: words.text('sites.offeredAt'), value: <TimeText at={site.offeredAt} /> },
          {
            name: words.text('sites.holds'),
            value:
              site.holds.length === 0
                ? '–'
                : site.holds.map(({ id, reason, from, until, planned }) => (
                    <p key={id}>
                      {reason} ·{' '}
                      {planned ? (
                        <>
                          {words.text('holds.planned')}: <TimeText at={from} isShort /> –{' '}
                        </>
                      ) : null}
                      <TimeText at={until} isShort />
                    </p>
                  )),
          },
        ]}
      />
      {folders.length === 0 ? (
        <TextEntry label={label} value={folder} onChange={setFolder} />
      ) : (
        <Choice
          label={label}
          value={folder}
          options={folders.map((value) => ({ value, text: value }))}
          onChange={setFolder}
        />
      )}
    </ConfirmDialog>
  );
}

function shown(versions: Versions): string {
  return versions.map(({ component, version }) => `${component} ${version}`).join(', ') || '–';
}
