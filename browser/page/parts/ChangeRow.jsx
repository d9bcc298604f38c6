import { useState } from 'preact/hooks';
import { bytes, count, splitPath } from '../logic/format.js';
import { accept, discard } from '../logic/review.js';
import { Diff } from './Diff.jsx';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/** @typedef {import('../../client/umbra.js').Change} Change */

const LETTERS = { added: 'A', modified: 'M', deleted: 'D', renamed: 'R', mode: 'P' };

/**
 * @param {{
 *   change: Change, accepted: boolean, inPart: boolean, revision: number, busy: boolean,
 *   stat: import('../logic/review.js').Stat | undefined,
 * }} props
 */
export function ChangeRow({ change, accepted, inPart, stat, revision, busy }) {
  const session = useSession();
  const [open, setOpen] = useState(false);
  const { path, kind, from } = change;
  const [folder, name] = splitPath(path);
  return (
    <li
      class="change"
      data-testid="change-row"
      data-path={path}
      data-kind={kind}
      data-accepted={accepted}
      data-part={inPart}
      data-open={open}
    >
      <div class="change-head">
        <input
          type="checkbox"
          checked={accepted && !inPart}
          indeterminate={inPart}
          aria-label={`Accept ${path}`}
          data-testid="change-accept"
          onChange={(event) => accept(session, path, event.currentTarget.checked)}
        />
        <button
          class="change-open"
          aria-expanded={open}
          title={from ? `${from} → ${path}` : path}
          data-testid="change-open"
          onClick={() => setOpen(!open)}
        >
          <span class="letter" data-kind={kind} title={kind === 'mode' ? 'permissions' : kind}>
            <span aria-hidden="true">{LETTERS[kind]}</span>
            <span class="unseen">{kind}</span>
          </span>
          <span class="path mono">
            <span class="path-folder">{folder}</span>
            <span class="path-name">{name}</span>
          </span>
          <Counts change={change} stat={stat} />
          <Icon name="chevron" class="change-chevron" />
        </button>
        <button
          class="button ghost square"
          aria-label={`Discard ${path}`}
          title="Discard this change"
          data-testid="change-discard"
          disabled={busy}
          onClick={() => session.run(() => discard(session, path))}
        >
          <Icon name="undo" />
        </button>
      </div>
      {open && <Diff change={change} revision={revision} />}
    </li>
  );
}

/** Permission bits as people write them. @param {number | undefined} mode */
const octal = (mode) => (mode ?? 0).toString(8).padStart(3, '0');

/** @param {{ change: Change, stat: import('../logic/review.js').Stat | undefined }} props */
function Counts({ change, stat }) {
  if (change.type !== 'file') return <span class="counts quiet">{change.type}</span>;
  if (change.kind === 'mode') {
    return (
      <span class="counts quiet">
        {octal(change.oldMode)} → {octal(change.newMode)}
      </span>
    );
  }
  if (!stat) return <span class="counts" />;
  if (stat.binary || stat.tooLarge) {
    const size = change.newSize ?? change.oldSize;
    return (
      <span class="counts quiet">
        {stat.binary ? 'binary' : 'large'}
        {size !== undefined && ` ${bytes(size)}`}
      </span>
    );
  }
  return (
    <span class="counts">
      {stat.added > 0 && <span class="plus">+{count(stat.added)}</span>}
      {stat.removed > 0 && <span class="minus">−{count(stat.removed)}</span>}
    </span>
  );
}
