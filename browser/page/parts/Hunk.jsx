/** @typedef {import('../../client/umbra.js').FileDiff['hunks'][number]} HunkData */

/** @type {Record<string, { kind: string, sign: string, name: string }>} */
const SIGNS = {
  '-': { kind: 'removed', sign: '−', name: 'removed' },
  '+': { kind: 'added', sign: '+', name: 'added' },
  '\\': { kind: 'note', sign: '', name: '' },
  ' ': { kind: 'same', sign: '', name: '' },
};

/**
 * Some lines of one hunk, with their numbers before and now.
 * @param {{ hunk: HunkData, lines: string[] }} props
 */
export function Hunk({ hunk, lines }) {
  let before = hunk.oldStart;
  let now = hunk.newStart;
  return (
    <tbody class="hunk">
      <tr class="hunk-head">
        <td colSpan={4}>
          @@ −{hunk.oldStart},{hunk.oldLines} +{hunk.newStart},{hunk.newLines} @@
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
