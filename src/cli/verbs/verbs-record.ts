/** Commands about the record of decisions. */

import type { Verb } from './verb.ts';

export const auditVerbs: readonly Verb[] = [
  {
    path: ['audit', 'show'],
    options: [
      { name: 'after', value: '<number>' },
      { name: 'limit', value: '<number>' },
    ],
    example: 'dankai audit show --after 120 --limit 50',
    answer: 'record.list',
    asksServer: true,
    load: async () => (await import('../commands/record/audit.ts')).showRecord,
  },
  {
    path: ['audit', 'search'],
    options: [
      { name: 'kinds', value: '<kinds>' },
      { name: 'who', value: '<name>' },
      { name: 'server', value: '<server>', words: 'record-server' },
      { name: 'from', value: '<time>', words: 'record-from' },
      { name: 'until', value: '<time>', words: 'record-until' },
      { name: 'text', value: '<text>', words: 'record-text' },
      { name: 'limit', value: '<number>' },
    ],
    example: 'dankai audit search --kinds hold-placed,hold-released --from 2026-11-01T00:00+09:00',
    furtherExamples: ['dankai audit search --server files-01 --who sato'],
    answer: 'record.search',
    asksServer: true,
    load: async () => (await import('../commands/record/audit-search.ts')).searchRecord,
  },
  {
    path: ['audit', 'export'],
    example: 'dankai audit export --root /opt/dankai > tokyo.record',
    answer: null,
    asksServer: true,
    load: async () => (await import('../commands/record/audit.ts')).exportRecord,
  },
  {
    path: ['audit', 'verify'],
    arguments: ['[record]'],
    options: [
      { name: 'heads', value: '<file>' },
      { name: 'witnesses' },
      { name: 'site', value: '<site>', words: 'recordSite' },
    ],
    example: 'dankai audit verify tokyo.record --heads /mnt/elsewhere/tokyo.heads',
    furtherExamples: ['dankai audit verify --root /opt/dankai --witnesses'],
    answer: null,
    asksServer: true,
    load: async () => (await import('../commands/record/audit-verify.ts')).verifyRecord,
  },
];
