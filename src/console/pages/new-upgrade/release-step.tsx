/** Which release, what it asks for (R2), and its precautions, to be read and acknowledged (R1). */

import { brand, type ComponentName } from '#domain/names.ts';
import { formatBytes } from '#words/format.ts';
import { useWords } from '../../app/language.tsx';
import { useSession } from '../../app/session.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { Choice } from '../../parts/field/choice.tsx';
import { Precautions } from '../../parts/field/precautions.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { useDomainNames } from './domain-names.ts';
import { firstPlan, type Draft } from './draft.ts';

type Props = {
  readonly draft: Draft;
  readonly isRead: boolean;
  onRead(isRead: boolean): void;
};

type Offer = { readonly component: string; readonly version: string };

export function ReleaseStep({ draft, isRead, onRead }: Props) {
  const words = useWords();
  const { place } = useSession();
  const components = useSiteCall('components.list', {});
  const overview = useSiteCall('fleet.overview', {});
  const names = useDomainNames((overview.data?.domains ?? []).map(({ domain }) => domain));
  const chosen = draft.plan?.release ?? null;
  const choose = ({ component, version }: Offer): void => {
    if (draft.plan === null) {
      const domains = [...names].flatMap(([domain, own]) => (own.length > 0 ? [domain] : []));
      draft.write(firstPlan({ component, version, zone: place.timeZone, domains }));
    } else {
      draft.edit(['release'], { component, version });
    }
    onRead(false);
  };
  return (
    <Loaded query={components}>
      {(listed) => {
        const offers = listed.components
          .filter(({ lane }) => lane === 'program')
          .flatMap(({ component, versions }) =>
            versions.toReversed().map((version) => ({ component, version })),
          );
        if (offers.length === 0) return <Empty title={words.text('plan.noRelease')} />;
        const value = chosen === null ? '' : `${chosen.component} ${chosen.version}`;
        return (
          <>
            <Choice
              label={words.text('upgrades.release')}
              value={value}
              options={offers.map((offer) => {
                const text = `${offer.component} ${offer.version}`;
                return { value: text, text };
              })}
              onChange={(text) => {
                const found = offers.find((one) => `${one.component} ${one.version}` === text);
                if (found !== undefined) choose(found);
              }}
            />
            {chosen === null ? (
              <p className="quiet">{words.text('plan.chooseRelease')}</p>
            ) : (
              <Release offer={chosen} isRead={isRead} onRead={onRead} />
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Release(props: {
  readonly offer: Offer;
  readonly isRead: boolean;
  onRead(isRead: boolean): void;
}) {
  const { offer, isRead, onRead } = props;
  const words = useWords();
  const component = brand<ComponentName>(offer.component);
  const release = useSiteCall('release.show', { component, version: offer.version });
  return (
    <Loaded query={release}>
      {({ appliesTo, needs, needsComponents, packages, precautions, rebootRecommended }) => (
        <>
          <Facts
            facts={[
              {
                name: words.text('plan.appliesTo'),
                value: words.text('plan.appliesToRange', appliesTo),
              },
              { name: words.text('plan.disk'), value: formatBytes(needs.diskBytes) },
              { name: words.text('plan.memory'), value: formatBytes(needs.memoryBytes) },
              {
                name: words.text('plan.package'),
                value: packages
                  .map(({ platform, bytes }) => `${platform} ${formatBytes(bytes)}`)
                  .join(', '),
              },
              {
                name: words.text('plan.needsComponents'),
                value: needsComponents.length === 0 ? '–' : needsComponents.join(', '),
              },
              {
                name: words.text('fleet.column.reboot'),
                value: rebootRecommended ? words.text('fleet.rebootRecommended') : '–',
              },
            ]}
          />
          <p className="quiet">{words.text('deploy.warning')}</p>
          {precautions.length > 0 ? null : (
            <p className="quiet">{words.text('plan.noPrecaution')}</p>
          )}
          <Precautions precautions={precautions} isRead={isRead} onRead={onRead} />
        </>
      )}
    </Loaded>
  );
}
