/** From a release to a running upgrade, step by step, the plan as YAML beside each of them. */

import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useWords } from '../../app/language.tsx';
import { Page } from '../../parts/page/page.tsx';
import { useDraft } from './draft.ts';
import { DaysStep } from './days-step.tsx';
import { ForecastStep } from './forecast-step.tsx';
import { GatesStep } from './gates-step.tsx';
import { GroupsStep } from './groups-step.tsx';
import { MethodStep } from './method-step.tsx';
import { againstOf, usePreflight, type StepProps } from './plan-checks.ts';
import { PlanText } from './plan-text.tsx';
import { PreflightStep } from './preflight-step.tsx';
import { ReleaseStep } from './release-step.tsx';
import { StartStep } from './start-step.tsx';
import { steps, type Step } from './steps.ts';

const route = getRouteApi('/upgrades/new');

export function NewUpgradePage() {
  const words = useWords();
  const { step = 'release' } = route.useSearch();
  const draft = useDraft();
  const [isRead, setRead] = useState(false);
  const preflight = usePreflight(draft, isRead);
  const place = steps.indexOf(step);
  return (
    <Page
      title={words.text('plan.title')}
      above={<Link to="/upgrades">{words.text('upgrades.title')}</Link>}
    >
      <Steps step={step} />
      <div className="wizard">
        <div className="wizard-step">
          <h2>{words.text(`plan.step.${step}`)}</h2>
          <StepBody
            step={step}
            draft={draft}
            preflight={preflight}
            isRead={isRead}
            onRead={setRead}
          />
          <div className="wizard-ways">
            <Way to={steps[place - 1]} text={words.text('plan.before')} />
            <Way to={steps[place + 1]} text={words.text('plan.next')} isMain />
          </div>
        </div>
        {draft.text === '' ? null : (
          <PlanText draft={draft} because={draft.plan === null ? null : againstOf(preflight)} />
        )}
      </div>
    </Page>
  );
}

function Steps({ step }: { readonly step: Step }) {
  const words = useWords();
  return (
    <nav aria-label={words.text('plan.steps')}>
      <ol className="wizard-steps">
        {steps.map((one, place) => (
          <li key={one}>
            <Link
              to="/upgrades/new"
              search={{ step: one }}
              className="wizard-step-link"
              aria-current={one === step ? 'step' : undefined}
            >
              <span className="wizard-number">{place + 1}</span>
              {words.text(`plan.short.${one}`)}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Way(props: { readonly to: Step | undefined; readonly text: string; isMain?: boolean }) {
  const { to, text, isMain = false } = props;
  if (to === undefined) return <span />;
  return (
    <Link
      to="/upgrades/new"
      search={{ step: to }}
      className="button"
      {...(isMain ? { 'data-look': 'main' } : {})}
    >
      {text}
    </Link>
  );
}

function StepBody({ step, ...props }: StepProps & { readonly step: Step }) {
  const words = useWords();
  const { draft, preflight } = props;
  if (step === 'release') return <ReleaseStep {...props} />;
  if (draft.text === '') return <p>{words.text('plan.releaseFirst')}</p>;
  const { plan } = draft;
  // What is wrong, and where, stands beside the text itself.
  if (plan === null) return <p>{words.text('plan.mendFirst')}</p>;
  switch (step) {
    case 'preflight':
      return <PreflightStep draft={draft} plan={plan} preflight={preflight} />;
    case 'groups':
      return <GroupsStep draft={draft} plan={plan} />;
    case 'days':
      return <DaysStep draft={draft} plan={plan} />;
    case 'method':
      return <MethodStep draft={draft} plan={plan} />;
    case 'gates':
      return <GatesStep draft={draft} plan={plan} />;
    case 'forecast':
      return <ForecastStep draft={draft} plan={plan} />;
    case 'start':
      return <StartStep {...props} plan={plan} />;
  }
}
