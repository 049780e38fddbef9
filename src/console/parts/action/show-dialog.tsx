/** Shows more of something, over the page it stands on. Nothing is done here. */

import type { ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useWords } from '../../app/language.tsx';

type Props = { readonly title: string; onClose(): void; readonly children: ReactNode };

export function ShowDialog({ title, onClose, children }: Props) {
  const words = useWords();
  return (
    <ModalOverlay
      className="modal-overlay"
      isOpen
      isDismissable
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          <div className="dialog-body">{children}</div>
          <div className="dialog-buttons">
            <Button className="button" onPress={onClose} autoFocus>
              {words.text('action.close')}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
