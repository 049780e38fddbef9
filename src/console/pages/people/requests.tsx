/** What waits for approval: who asked, for what, who stands behind it, and how many are missing. */

import { isAtLeast } from '#domain/people/person.ts';
import { problem } from '#domain/problem.ts';
import { noGo, type Verdict } from '#domain/result.ts';
import type { RequestView } from '#protocol/console/people-calls.ts';
import { callPeople } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall, useSession } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { TimeText } from '../../parts/text/time-text.tsx';

export function Requests({ requests }: { readonly requests: readonly RequestView[] }) {
  const words = useWords();
  return (
    <ListTable
      name="approvals"
      label={words.text('people.waiting')}
      columns={useRequestColumns()}
      rows={requests}
      keyOf={({ request }) => request}
      empty={<Empty title={words.text('people.noneWaiting')} />}
    />
  );
}

function useRequestColumns(): readonly Column<RequestView>[] {
  const words = useWords();
  const size = { width: 100 };
  return [
    textColumn('request', words.text('people.request'), size, ({ request }) => request),
    textColumn('call', words.text('people.call'), size, ({ call }) => call),
    textColumn('params', words.text('people.params'), { width: 140 }, ({ params }) =>
      JSON.stringify(params),
    ),
    textColumn('by', words.text('people.by'), size, ({ by }) => by),
    timeColumn('until', words.text('people.until'), size, ({ until }) => until),
    textColumn('approvedBy', words.text('people.approvedBy'), size, ({ approvedBy }) =>
      approvedBy.length === 0 ? null : approvedBy.join(', '),
    ),
    {
      id: 'missing',
      title: words.text('people.missing'),
      width: 60,
      align: 'end',
      cell: ({ missing }) => missing,
      text: ({ missing }) => missing,
    },
    {
      id: 'approve',
      title: '',
      width: 90,
      cell: (request) => <ApproveButton request={request} />,
    },
  ];
}

function ApproveButton({ request }: { readonly request: RequestView }) {
  const words = useWords();
  return (
    <DialogButton text={words.text('people.approve')} look="small" verdict={useVerdict(request)}>
      {(close) => <ApproveDialog request={request} onClose={close} />}
    </DialogButton>
  );
}

/** As the server judges it: the right, then that it is not one's own, nor given twice. */
function useVerdict({ request, call, by, approvedBy }: RequestView): Verdict {
  const { viewer } = useSession();
  const right = useMayCall()('approval.give');
  if (!right.go) return right;
  if (!isAtLeast(viewer.role, 'approver')) {
    return noGo(problem('APPROVER_NEEDED', { person: viewer.name, call }));
  }
  if (by === viewer.name) return noGo(problem('APPROVAL_OWN', { request }));
  return approvedBy.includes(viewer.name) ? noGo(problem('APPROVAL_TWICE', { request })) : right;
}

function ApproveDialog({ request, onClose }: { readonly request: RequestView; onClose(): void }) {
  const words = useWords();
  const toast = useToast();
  const { request: id, call, params, by, at, ties } = request;
  return (
    <ConfirmDialog
      title={words.text('people.approve')}
      confirm={words.text('people.approveConfirm')}
      verdict={{ go: true }}
      cli={cliLine('approve', id)}
      act={async () => {
        const given = await callPeople('approval.give', { request: id });
        if (given.ok) toast(words.text('people.approved'));
        return given;
      }}
      onClose={onClose}
    >
      <Facts
        facts={[
          { name: words.text('people.call'), value: <code>{call}</code> },
          { name: words.text('people.params'), value: <code>{JSON.stringify(params)}</code> },
          { name: words.text('people.by'), value: by },
          { name: words.text('people.at'), value: <TimeText at={at} /> },
        ]}
      />
      {ties.map((tie) => (
        <p key={`${tie.person} ${tie.by} ${tie.at}`}>
          {words.text('people.tie', { person: tie.person, by: tie.by })}
        </p>
      ))}
    </ConfirmDialog>
  );
}
