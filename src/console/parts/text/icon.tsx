/** The few pictures of the console. Each stands beside a word, so none has a name of its own. */

const paths = {
  fleet: 'M3 4h14v5H3zM3 11h14v5H3zM6 6.5h.01M6 13.5h.01',
  site: 'M4 17V5l6-2v14M10 8h6v9M3 17h14M7 7v.01M7 10v.01M7 13v.01M13 11v.01M13 14v.01',
  upgrade: 'M3 16h4v-4h4V8h4V4',
  catalogue: 'M5 3h10v14H5zM8 7h4M8 10h4M8 13h2',
  content: 'M10 3l7 4-7 4-7-4zM3 11l7 4 7-4',
  deploy: 'M10 3v9M6 8l4 4 4-4M3 13v4h14v-4',
  hold: 'M7 4v12M13 4v12',
  traffic: 'M4 8h11M12 5l3 3-3 3M16 13H5M8 10l-3 3 3 3',
  record: 'M5 3h10v14H5zM7.5 7h5M7.5 10h5M7.5 13h5',
  people: 'M10 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17c0-3.5 2.5-6 6-6s6 2.5 6 6',
  enrolment: 'M8 10a3 3 0 1 0-3-3M8 10l6 6M12 14l2-2M4 17h4',
  settings: 'M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM10 2v3M10 15v3M2 10h3M15 10h3',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  down: 'M5 8l5 5 5-5',
  right: 'M8 5l5 5-5 5',
  search: 'M9 15a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM13.5 13.5L17 17',
  copy: 'M7 7h9v9H7zM4 13V4h9',
  download: 'M10 3v9M6 9l4 4 4-4M4 17h12',
  close: 'M5 5l10 10M15 5L5 15',
  up: 'M10 16V4M5 9l5-5 5 5',
  warning: 'M10 3l8 14H2zM10 8v4M10 14.5v.01',
  falling: 'M10 4v12M5 11l5 5 5-5',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
