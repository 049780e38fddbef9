/** Deploys to servers: what, how many bytes and how long, and what stands against it, before anything. */

import { useQueries, type UseQueryResult } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { brand, type ComponentName, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { go, noGo, ok, type Result, type Verdict } from '#domain/result.ts';
import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { callSite } from '../../data/call.ts';
import { becauseOf, valueOf } from '../../data/query-client.ts';
import { useSiteCall } from '../../data/use-call.ts';
import { useWords } from '../../app/language.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { ServerNames } from '../../parts/text/server-names.tsx';
import { DeployPreview } from './deploy-preview.tsx';
import type { Wish } from './wish.ts';

type Preview = ResultOf<InformationServerTable, 'deploy'>;

type Props = {
  readonly servers: readonly ServerId[];
  /** null: one of those that the catalogue offers is chosen here. */
  readonly wishes: readonly Wish[] | null;
  onClose(): void;
};

export function DeployDialog({ servers, wishes, onClose }: Props) {
  return wishes === null ? (
    <DeployChosen servers={servers} onClose={onClose} />
  ) : (
    <Deploy servers={servers} wishes={wishes} onClose={onClose} />
  );
}

function DeployChosen({ servers, onClose }: Omit<Props, 'wishes'>) {
  const words = useWords();
  const components = useSiteCall('components.list', {});
  const [chosen, setChosen] = useState<string | null>(null);
  const offered =
    components.data?.components.filter(({ inCatalogue }) => inCatalogue !== '-') ?? [];
  const found = offered.find(({ component }) => component === chosen) ?? offered[0];
  const wishes =
    found === undefined ? [] : [{ component: found.component, version: found.inCatalogue }];
  return (
    <Deploy servers={servers} wishes={wishes} onClose={onClose}>
      <Loaded query={components}>
        {() => (
          <Choice
            label={words.text('deploy.component')}
            value={found?.component ?? ''}
            options={offered.map(({ component: value, inCatalogue }) => ({
              value,
              text: `${value} ${inCatalogue}`,
            }))}
            onChange={setChosen}
          />
        )}
      </Loaded>
    </Deploy>
  );
}

function Deploy(props: {
  readonly servers: readonly ServerId[];
  readonly wishes: readonly Wish[];
  onClose(): void;
  readonly children?: ReactNode;
}) {
  const { servers, wishes, onClose, children } = props;
  const words = useWords();
  const toast = useToast();
  const [isRead, setRead] = useState(false);
  const asked = wishes.map(({ component, version }) => ({
    component: brand<ComponentName>(component),
    version,
    servers: [...servers],
  }));
  const previews = useQueries({
    queries: asked.map((one) => ({
      queryKey: ['components', 'preview', one],
      queryFn: async () => valueOf(await callSite('deploy', { ...one, preview: true })),
    })),
  });
  const act = async (): Promise<Result<unknown>> => {
    for (const one of asked) {
      const done = await callSite('deploy', { ...one, acknowledged: isRead });
      if (!done.ok) return done;
      const { component } = one;
      toast(words.text('deploy.begun', { servers: servers.length, component }));
    }
    return ok(null);
  };
  return (
    <ConfirmDialog
      title={words.text('fleet.action.deploy')}
      confirm={words.text('deploy.confirm', { servers: servers.length })}
      verdict={verdictOf(wishes, previews, isRead)}
      cli={asked.map((one) => cliOf(one, isRead)).join('\n')}
      act={act}
      onClose={onClose}
    >
      <ServerNames servers={servers} />
      {children}
      <DeployPreview
        parts={previews.flatMap(({ data }, place) => {
          const wish = wishes[place];
          return data === undefined || wish === undefined ? [] : [{ wish, preview: data }];
        })}
        isRead={isRead}
        onRead={setRead}
      />
    </ConfirmDialog>
  );
}

function cliOf(asked: Wish & { readonly servers: readonly ServerId[] }, isRead: boolean): string {
  const { component, version, servers } = asked;
  const named = ['--component', component, '--version', version, '--servers', servers.join(',')];
  return cliLine('deploy', ...named, ...(isRead ? ['--acknowledge'] : []));
}

/** The first thing that stands against it; that precautions are unread is said beside them. */
function verdictOf(
  wishes: readonly Wish[],
  previews: readonly UseQueryResult<Preview>[],
  isRead: boolean,
): Verdict {
  if (wishes.length === 0) return noGo(problem('COMPONENT_UNKNOWN', { component: '–' }));
  for (const { data, error } of previews) {
    const against = becauseOf(error);
    if (against !== null) return noGo(against);
    const reason = data?.preflight?.reasons.find(
      ({ accepted, because: { code } }) => !accepted && code !== 'PRECAUTIONS_UNREAD',
    );
    if (reason !== undefined) return noGo(reason.because);
  }
  const unread = previews.findIndex(
    ({ data }) => (data?.preflight?.precautions.length ?? 0) > 0 && !isRead,
  );
  const version = wishes[unread]?.version;
  return version === undefined ? go : noGo(problem('PRECAUTIONS_UNREAD', { version }));
}
