/** Generated catalogues: all that a `server.ini` may hold, in any mixture of line ends. */

import fc from 'fast-check';

export type MadeLine =
  | {
      readonly kind: 'key';
      readonly name: string;
      /** Without the blanks around it. */
      readonly value: string;
      readonly text: string;
    }
  | { readonly kind: 'other'; readonly text: string };

export type MadeSection = {
  readonly name: string;
  readonly header: string;
  readonly lines: readonly MadeLine[];
};

export type MadeCatalogue = {
  readonly preamble: readonly string[];
  readonly sections: readonly MadeSection[];
  readonly text: string;
};

const blanks = fc.constantFrom('', '', ' ', '\t', '  ');
const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.]{0,8}$/);
const words = fc.oneof(word, fc.constantFrom('Version', 'Path', 'Min', '表示', 'é', 'キー'));
const value = fc
  .oneof(
    fc.stringMatching(/^[ -~]{0,20}$/),
    fc.constantFrom('5.80', 'a/b.zip, 123', 'A/B.ZIP,123', '値=表;#[x]', '𠮷'),
  )
  .map((text) => text.trim());
const aside = fc.oneof(
  fc.stringMatching(/^[;#][ -~]{0,20}$/),
  fc.constantFrom('', '  ', '\t', '; コメント'),
);

const key: fc.Arbitrary<MadeLine> = fc
  .tuple(words, value, blanks, blanks, blanks, blanks)
  .map(([name, text, one, two, three, four]) => {
    const line = `${one}${name}${two}=${three}${text}${four}`;
    return { kind: 'key', name, value: text, text: line };
  });
const line: fc.Arbitrary<MadeLine> = fc.oneof(
  { weight: 4, arbitrary: key },
  { weight: 1, arbitrary: aside.map((text): MadeLine => ({ kind: 'other', text })) },
);

const lower = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

const section: fc.Arbitrary<MadeSection> = fc
  .record({
    name: fc.oneof(words, fc.constantFrom('Info_2_50000_4_1', 'PATTERN', 'All_Product')),
    before: blanks,
    inside: blanks,
    after: fc.oneof(blanks, fc.constant(' ; why')),
    lines: fc.uniqueArray(line, {
      maxLength: 14,
      selector: (made) => (made.kind === 'key' ? lower(made.name) : made),
    }),
  })
  .map(({ name, before, inside, after, lines }) => {
    return { name, header: `${before}[${inside}${name}${inside}]${after}`, lines };
  });

export const madeCatalogue: fc.Arbitrary<MadeCatalogue> = fc
  .record({
    mark: fc.constantFrom('', '', '\uFEFF'),
    preamble: fc.array(aside, { maxLength: 3 }),
    sections: fc.uniqueArray(section, { maxLength: 6, selector: ({ name }) => lower(name) }),
    ends: fc.array(fc.constantFrom('\n', '\r\n'), { minLength: 1, maxLength: 5 }),
    isEnded: fc.boolean(),
  })
  .map(({ mark, preamble, sections, ends, isEnded }) => {
    const lines = [...preamble];
    for (const { header, lines: body } of sections) {
      lines.push(header, ...body.map(({ text }) => text));
    }
    const ended = lines.map((text, index) => {
      const isLast = index === lines.length - 1;
      return isLast && !isEnded ? text : text + (ends[index % ends.length] ?? '\n');
    });
    return { preamble, sections, text: mark + ended.join('') };
  });
