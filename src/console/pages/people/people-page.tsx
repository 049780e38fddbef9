/** Who may what here, by which tokens, and what waits for somebody's word. */

import { useWords } from '../../app/language.tsx';
import { usePeopleCall } from '../../data/use-call.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { ApiTokens } from './api-tokens.tsx';
import { PasswordDialog } from './password-dialog.tsx';
import { PeopleTable } from './people-table.tsx';
import { Requests } from './requests.tsx';

export function PeoplePage() {
  const words = useWords();
  const waiting = usePeopleCall('approval.list', {});
  const people = usePeopleCall('people.list', {});
  const tokens = usePeopleCall('token.list', {});
  return (
    <Page
      title={words.text('people.title')}
      actions={
        <DialogButton text={words.text('people.password')} verdict={{ go: true }}>
          {(close) => <PasswordDialog onClose={close} />}
        </DialogButton>
      }
    >
      <Section title={words.text('people.waiting')}>
        <Loaded query={waiting}>{({ requests }) => <Requests requests={requests} />}</Loaded>
        <CliLine line={cliLine('approvals')} />
      </Section>
      <Section title={words.text('people.people')}>
        <Loaded query={people}>
          {(value) => (
            <>
              <p className="quiet">
                {words.text('people.rule', { required: value.approvers.required })}
              </p>
              <PeopleTable people={value.people} />
            </>
          )}
        </Loaded>
        <CliLine line={cliLine('people', 'list')} />
      </Section>
      <Section title={words.text('people.tokens')}>
        <Loaded query={tokens}>
          {(value) => <ApiTokens tokens={value.tokens} people={people.data?.people ?? []} />}
        </Loaded>
        <CliLine line={cliLine('token', 'list')} />
      </Section>
    </Page>
  );
}
