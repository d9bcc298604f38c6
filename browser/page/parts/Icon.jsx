/** Icons: strokes on a grid of 16, in the colour of the text around them. */
const PATHS = {
  arrowDown: 'M8 3v10M4 9l4 4 4-4',
  arrowUp: 'M8 13V3M4 7l4-4 4 4',
  check: 'M3 8.5l3.2 3.2L13 5',
  chat: 'M2.5 3.5h11v7.5h-6l-3 2.5v-2.5h-2z',
  chevron: 'M6 4l4 4-4 4',
  clock: 'M8 14A6 6 0 108 2a6 6 0 000 12zM8 4.8V8l2.2 1.6',
  close: 'M4 4l8 8M12 4l-8 8',
  database:
    'M13 4c0 1.1-2.2 2-5 2s-5-.9-5-2 2.2-2 5-2 5 .9 5 2zM3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2',
  diff: 'M8 2.5v6M5 5.5h6M5 12.5h6',
  download: 'M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10',
  file: 'M4 1.8h5l3 3v9.4H4zM9 1.8v3h3',
  filePlus: 'M4 1.8h5l3 3v9.4H4zM9 1.8v3h3M8 7.5v4M6 9.5h4',
  flag: 'M4 14V2.2M4 2.8h8.2l-2 2.9 2 2.9H4',
  folder: 'M1.8 12.8V3.2h4.4l1.5 1.9h6.5v7.7z',
  gear: 'M2 4.5h7M12.5 4.5H14M2 11.5h1.5M7 11.5h7M10.7 6.3a1.8 1.8 0 100-3.6 1.8 1.8 0 000 3.6zM5.2 13.3a1.8 1.8 0 100-3.6 1.8 1.8 0 000 3.6z',
  info: 'M8 14A6 6 0 108 2a6 6 0 000 12zM8 7.3v3.6M8 5.1v.1',
  key: 'M7.3 8.7a3.2 3.2 0 11-4.5 4.5 3.2 3.2 0 014.5-4.5zM7.3 8.7L13.5 2.5M11 5l2 2',
  layers: 'M8 2l6 3-6 3-6-3zM2.5 8L8 10.8 13.5 8M2.5 11L8 13.8 13.5 11',
  pencil: 'M2.5 13.5l.7-3 7.8-7.8 2.3 2.3-7.8 7.8zM9.5 4.2l2.3 2.3',
  plus: 'M8 3v10M3 8h10',
  plug: 'M5.5 2v3.5M10.5 2v3.5M3.5 5.5h9v2.2a4.5 4.5 0 01-9 0zM8 12.2V15',
  refresh: 'M13 8a5 5 0 11-1.6-3.7M13.2 1.8v3h-3',
  search: 'M7 12A5 5 0 107 2a5 5 0 000 10zM10.7 10.7L14 14',
  shield: 'M8 1.8l5 1.8v4c0 3.2-2.1 5.4-5 6.6-2.9-1.2-5-3.4-5-6.6v-4z',
  terminal: 'M2 3h12v10H2zM4.5 6l2 2-2 2M8.5 10.5H11',
  trash: 'M2.5 4.5h11M6 4.5V2.5h4v2M4 4.5l.7 9h6.6l.7-9M6.8 7v4M9.2 7v4',
  undo: 'M3 6.5h6.5a3.2 3.2 0 010 6.5H6M5.7 3.5l-3 3 3 3',
  warning: 'M8 2.2l6.2 11H1.8zM8 6.5v3.2M8 11.5v.1',
  wrench:
    'M13.6 4.6a3.3 3.3 0 01-4.4 3.8L4.7 13a1.4 1.4 0 01-2-2l4.6-4.5a3.3 3.3 0 014-4.2L9.4 4.2l.4 2 2 .4z',
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {{ name: IconName, class?: string }} props */
export function Icon({ name, class: className = '' }) {
  return (
    <svg class={`icon ${className}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark: a disc in its own shadow. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle class="mark-disc" cx="16" cy="16" r="14" />
      <circle class="mark-shade" cx="19.5" cy="13.5" r="10" />
    </svg>
  );
}
