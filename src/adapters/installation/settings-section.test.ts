import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutSection } from './settings-section.ts';

const agent = 'controlManagerAgent';

function check(what: string, text: string, expected: string | null): void {
  test(what, () => assert.equal(withoutSection(text, agent), expected));
}

const before = `# Of the computer in the server room; ask Sato before you change it.

informationServer:
    site:   tokyo        # as on the door
    listen: { host: 127.0.0.1,   port: 4481 }


`;
const section = `controlManagerAgent :   # to head office

   controlManager:   https://192.0.2.1:4471
   # the old one was 192.0.2.9

   components: [
     pattern,
    ]
`;
const after = `# The server of this computer.
normalServer:
  server: 'tokyo'   # not "tokyo-01"
  note: |
    controlManagerAgent:
      is a name in a text here
`;

check(
  'in the middle, with comments and odd spacing all around',
  before + section + after,
  before + after,
);
check('at the end', before + section, before);
check('at the end, without a last line end', before + section.trimEnd(), before);
check('at the beginning', section + after, after);
check(
  'with the line ends of another system',
  (before + section + after).replaceAll('\n', '\r\n'),
  (before + after).replaceAll('\n', '\r\n'),
);
check(
  'of one line',
  `${before}controlManagerAgent: { informationServer: run }\n${after}`,
  before + after,
);
check('with its name in quotes', `"controlManagerAgent":\n  a: 1\n${after}`, after);
check('with nothing in it', `${before}controlManagerAgent:\n${after}`, before + after);
check('not there', before + after, before + after);
check(
  'a name deeper in another section',
  'a:\n  controlManagerAgent:\n    b: 1\n',
  'a:\n  controlManagerAgent:\n    b: 1\n',
);
check(
  'all in braces',
  '{ controlManagerAgent: { a: 1 }, normalServer: { server: b } } # one line\n',
  '{ normalServer: { server: b } } # one line\n',
);
check('what others refer to', 'controlManagerAgent: &x { a: 1 }\nnormalServer: *x\n', null);
check('not YAML', 'controlManagerAgent: [\n', null);
check('no settings', 'just words\n', 'just words\n');
