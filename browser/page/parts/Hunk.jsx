import { Icon } from './Icon.jsx';

/** @typedef {import('../../client/umbra.js').FileDiff['hunks'][number]} HunkData */

/**
 * @typedef {object} Choice what the user can do with the hunk
 * @property {number} of how many hunks there are
 * @property {string} path
 * @property {boolean} accepted
 * @property {boolean} busy
 * @property {(accepted: boolean) => void} accept
 * @property {() => void} discard
 */

/** @type {Record<string, { kind: string, sign: string, name: string }>} */
const SIGNS = {
  '-': { kind: 'removed', sign: '−', name: 'removed' },
  '+': { kind: 'added', sign: '+', name: 'added' },
  '\\': { kind: 'note', sign: '', name: '' },
  ' ': { kind: 'same', sign: '', name: '' },
};

/**
 * Some lines of one hunk, with their numbers before and now.
 * @param {{ hunk: HunkData, lines: string[], choice: Choice | null }} props
 */
export function Hunk({ hunk, lines, choice }) {
  let before = hunk.oldStart;
  let now = hunk.newStart;
  return (
    <tbody class="hunk" data-testid="hunk" data-index={hunk.index} data-accepted={choice?.accepted ?? true}>
      <tr class="hunk-head">
        <td colSpan={4}>
          <Head hunk={hunk} choice={choice} />
        </td>
      </tr>
      {lines.map((line, index) => {
        const { kind, sign, name } = SIGNS[line[0]] ?? SIGNS[' '];
        const hasOld = kind === 'same' || kind === 'removed';
        const hasNew = kind === 'same' || kind === 'added';
        return (
          <tr key={index} class="diff-line" data-kind={kind}>
            <td class="number">{hasOld ? before++ : ''}</td>
            <td class="number">{hasNew ? now++ : ''}</td>
            <td class="sign">
              <span aria-hidden="true">{sign}</span>
              {name && <span class="unseen">{name}</span>}
            </td>
            <td class="code">{kind === 'note' ? line : line.slice(1)}</td>
          </tr>
        );
      })}
    </tbody>
  );
}

/** @param {{ hunk: HunkData, choice: Choice | null }} props */
function Head({ hunk, choice }) {
  const range = `@@ −${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`;
  if (!choice) return <>{range}</>;
  const name = `hunk ${hunk.index} of ${choice.of} of ${choice.path}`;
  return (
    <span class="hunk-bar">
      <label class="hunk-accept">
        <input
          type="checkbox"
          checked={choice.accepted}
          aria-label={`Accept ${name}`}
          data-testid="hunk-accept"
          onChange={(event) => choice.accept(event.currentTarget.checked)}
        />
        {range}
      </label>
      <button
        class="button ghost square"
        aria-label={`Discard ${name}`}
        title="Discard this hunk"
        data-testid="hunk-discard"
        disabled={choice.busy}
        onClick={choice.discard}
      >
        <Icon name="undo" />
      </button>
    </span>
  );
}
