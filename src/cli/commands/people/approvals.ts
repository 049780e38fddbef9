/** What waits for somebody's approval, and giving it. */

import { requestId } from '#protocol/console/people-calls.ts';
import { answered, refused, type Command } from '../../command.ts';
import { argument, parsed } from '../../given.ts';
import { timeOrNothing } from '../../terminal/show.ts';

export const listApprovals: Command = async (context) => {
  const { people, output, words } = context;
  const answer = await people.call('approval.list', {});
  return answered(context, answer, ({ requests }) => {
    if (requests.length === 0) return output.data(words.text('cli.people.nothingWaits'));
    const head = ['request', 'call', 'concerns', 'askedBy', 'approvedBy', 'until'] as const;
    output.data(
      output.table(
        head.map((one) => words.text(`cli.column.${one}`)),
        requests.map((one) => [
          one.request,
          one.call,
          JSON.stringify(one.params),
          one.by,
          one.approvedBy.join(', '),
          timeOrNothing(one.until),
        ]),
      ),
    );
    for (const tie of requests.flatMap(({ ties }) => ties)) {
      output.data(words.text('cli.people.tie', { ...tie }));
    }
  });
};

export const giveApproval: Command = async (context, given) => {
  const { people, output, words } = context;
  const names = { option: 'REQUEST', expected: 'name' };
  const request = parsed(requestId, argument(given, 0), names);
  if (!request.ok) return refused(context, request.because);
  const answer = await people.call('approval.give', { request: request.value });
  return answered(context, answer, ({ call, by }) =>
    output.talk(words.text('cli.people.approved', { call, by })),
  );
};
