/** Deploys to servers: what, how many bytes it moves, and what stands against it, before anything. */

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { brand, type ComponentName, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { Result, Verdict } from '#domain/result.ts';
import { callSite } from '../../data/call.ts';
import { becauseOf, valueOf } from '../../data/query-client.ts';
import { useSiteCall } from '../../data/use-call.ts';
import { useWords } from '../../app/language.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { DeployPreview } from './deploy-preview.tsx';
import { ServerNames } from './server-names.tsx';

type Props = { readonly servers: readonly ServerId[]; onClose(): void };

export function DeployDialog({ servers, onClose }: Props) {
  const words = useWords();
  const toast = useToast();
  const components = useSiteCall('components.list', {});
  const [wish, setWish] = useState<string | null>(null);
  const offered =
    components.data?.components.filter(({ inCatalogue }) => inCatalogue !== '-') ?? [];
  const component = wish ?? offered[0]?.component ?? null;
  const asked = { component: brand<ComponentName>(component ?? ''), servers: [...servers] };
  const preview = useQuery({
    queryKey: ['components', 'preview', asked],
    queryFn: async () => valueOf(await callSite('deploy', { ...asked, preview: true })),
    enabled: component !== null,
  });
  const against = becauseOf(preview.error);
  // The precautions are read here: that they were not yet is said beside them.
  const reason = preview.data?.preflight?.reasons.find(
    ({ accepted, because: { code } }) => !accepted && code !== 'PRECAUTIONS_UNREAD',
  );
  const [isRead, setRead] = useState(false);
  const isUnread = !isRead && (preview.data?.preflight?.precautions.length ?? 0) > 0;
  const verdict: Verdict =
    component === null
      ? { go: false, because: problem('COMPONENT_UNKNOWN', { component: '–' }) }
      : against !== null
        ? { go: false, because: against }
        : reason !== undefined
          ? { go: false, because: reason.because }
          : isUnread
            ? { go: false, because: problem('PRECAUTIONS_UNREAD', { version: component }) }
            : { go: true };
  const act = async (): Promise<Result<unknown>> => {
    const done = await callSite('deploy', { ...asked, acknowledged: isRead });
    if (done.ok)
      toast(words.text('deploy.begun', { servers: servers.length, component: asked.component }));
    return done;
  };
  return (
    <ConfirmDialog
      title={words.text('fleet.action.deploy')}
      confirm={words.text('deploy.confirm', { servers: servers.length })}
      verdict={verdict}
      cli={cliLine('deploy', '--component', asked.component, '--servers', servers.join(','))}
      act={act}
      onClose={onClose}
    >
      <ServerNames servers={servers} />
      <Loaded query={components}>
        {() => (
          <Choice
            label={words.text('deploy.component')}
            value={component ?? ''}
            options={offered.map(({ component: value, inCatalogue }) => ({
              value,
              text: `${value} ${inCatalogue}`,
            }))}
            onChange={setWish}
          />
        )}
      </Loaded>
      {preview.data === undefined ? null : (
        <DeployPreview preview={preview.data} isRead={isRead} onRead={setRead} />
      )}
    </ConfirmDialog>
  );
}
