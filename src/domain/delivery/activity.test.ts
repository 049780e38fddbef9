import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentActivity, heartbeatDefault, heartbeatMistake } from './activity.ts';

const minute = 60_000;
const heartbeat = { reportMinutes: 5, abnormalMinutes: 15 };

function check(connected: boolean, silenceMinutes: number | null, expected: string): void {
  const when = silenceMinutes === null ? 'never heard' : `silent for ${silenceMinutes} minutes`;
  test(`${connected ? 'connected' : 'away'}, ${when}: ${expected}`, () => {
    const now = 100 * minute;
    const lastSeen = silenceMinutes === null ? null : now - silenceMinutes * minute;
    assert.equal(agentActivity({ connected, lastSeen }, heartbeat, now), expected);
  });
}

check(true, 0, 'active');
check(true, 14.9, 'active');
check(true, 15 - 1 / minute, 'active');
check(true, 15, 'abnormal');
check(false, 1, 'inactive');
check(false, 15, 'abnormal');
check(false, null, 'inactive');

function mistake(reportMinutes: number, abnormalMinutes: number, expected: string | null): void {
  test(`report every ${reportMinutes}, abnormal after ${abnormalMinutes}: ${expected}`, () => {
    const found = heartbeatMistake({ reportMinutes, abnormalMinutes });
    assert.equal(found && `${found.field} ${found.min}-${found.max}`, expected);
  });
}

mistake(5, 15, null);
mistake(480, 1_440, null);
mistake(4.9, 15, 'reportMinutes 5-480');
mistake(481, 1_440, 'reportMinutes 5-480');
mistake(5, 14.9, 'abnormalMinutes 15-1440');
mistake(60, 179, 'abnormalMinutes 180-1440');
mistake(60, 1_441, 'abnormalMinutes 180-1440');

test('the default is allowed', () => assert.equal(heartbeatMistake(heartbeatDefault), null));
