/** Asks before something is done: what, to whom, at what cost; and shows the command that does it. */

import { useState, type ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { kindOf, type Problem } from '#domain/problem.ts';
import type { Result, Verdict } from '#domain/result.ts';
import { useWords } from '../../app/language.tsx';
import { ActionButton } from './action-button.tsx';
import { CliLine } from './cli-line.tsx';
import { VerdictText } from './verdict-text.tsx';

type Props = {
  readonly title: string;
  /** What the button that does it says. */
  readonly confirm: string;
  readonly look?: 'main' | 'danger';
  /** `wide`: something is compared side by side. */
  readonly size?: 'normal' | 'wide';
  readonly verdict: Verdict;
  /** null: the command line has no such command. */
  readonly cli: string | null;
  /** What came of it, shown in place of the question; absent or null: the dialog closes. */
  readonly answer?: ReactNode;
  /** A refusal is shown where the question is. */
  act(): Promise<Result<unknown>>;
  onClose(): void;
  readonly children: ReactNode;
};

export function ConfirmDialog(props: Props) {
  const { title, confirm, look = 'main', verdict, cli, act, onClose, children } = props;
  const words = useWords();
  const [isBusy, setBusy] = useState(false);
  const [because, setBecause] = useState<Problem | null>(null);
  const run = async (): Promise<void> => {
    setBusy(true);
    const done = await act();
    setBusy(false);
    if (!done.ok) setBecause(done.because);
    else if (props.answer === undefined) onClose();
  };
  return (
    <ModalOverlay
      className="modal-overlay"
      isOpen
      isDismissable={!isBusy}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Modal className="modal" data-size={props.size ?? 'normal'}>
        <Dialog className="dialog">
          <Heading slot="title" level={2}>
            {title.replace(/…$/, '')}
          </Heading>
          {props.answer === undefined || props.answer === null ? (
            <>
              <div className="dialog-body">
                {children}
                {isOfFields(verdict) ? null : <VerdictText verdict={verdict} />}
                {because === null ? null : <VerdictText verdict={{ go: false, because }} />}
                {cli === null ? null : <CliLine line={cli} />}
              </div>
              <div className="dialog-buttons">
                <Button className="button" onPress={onClose} isDisabled={isBusy}>
                  {words.text('action.cancel')}
                </Button>
                <ActionButton
                  look={look}
                  verdict={verdict}
                  isBusy={isBusy}
                  onPress={() => void run()}
                >
                  {confirm}
                </ActionButton>
              </div>
            </>
          ) : (
            <>
              <div className="dialog-body" role="status">
                {props.answer}
              </div>
              <div className="dialog-buttons">
                <Button className="button" onPress={onClose} autoFocus>
                  {words.text('action.close')}
                </Button>
              </div>
            </>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** What is not typed or ticked yet, or wrongly, is said where that is done. */
function isOfFields(verdict: Verdict): boolean {
  if (verdict.go) return true;
  return kindOf(verdict.because) === 'usage' || verdict.because.code === 'PRECAUTIONS_UNREAD';
}
