import { useEffect, useState } from 'preact/hooks';
import { moment, plural } from '../logic/format.js';
import {
  drop,
  entriesOf,
  forgetCommit,
  mayRewind,
  nameState,
  rewindTo,
  standing,
  titleOf,
  undoFromHistory,
} from '../logic/history.js';
import { Dialog } from './Dialog.jsx';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/** @typedef {import('../logic/session.js').State} State */
/** @typedef {import('../../client/umbra.js').Checkpoint} Checkpoint */
/** @typedef {import('../../client/umbra.js').Commit} Commit */

/** Rows drawn at first, and more with each click. */
const ROWS = 100;
/** Files named of one row. */
const FILES = 200;

/** @type {Record<import('../../client/umbra.js').Change['kind'], string>} */
const BECOMES = {
  added: 'comes back',
  deleted: 'goes',
  modified: 'changes',
  renamed: 'moves',
  mode: 'permissions',
};

/**
 * The states that are kept and the commits that can be undone, the newest first.
 * @param {{ state: State, history: import('../logic/history.js').History }} props
 */
export function History({ state, history }) {
  const session = useSession();
  const [limit, setLimit] = useState(ROWS);
  const close = () => session.set({ history: null });
  const entries = entriesOf(history);
  return (
    <Dialog label="History" class="history" onClose={close}>
      <div class="dialog-head">
        <h2>History</h2>
        <button class="button ghost square" aria-label="Close" data-testid="history-close" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <p class="quiet history-words">
        The workspace is kept before each call that writes, and whenever you give it a name.
      </p>
      <NameState />
      {entries.length === 0 && <p class="quiet history-words">Nothing is kept yet.</p>}
      <ul class="history-list">
        {entries
          .slice(0, limit)
          .map(({ checkpoint, commit }) =>
            checkpoint ? (
              <CheckpointRow key={checkpoint.checkpoint} checkpoint={checkpoint} state={state} />
            ) : (
              <CommitRow key={commit.commit} commit={commit} state={state} />
            ),
          )}
      </ul>
      {entries.length > limit && (
        <button class="button ghost earlier" onClick={() => setLimit(limit + ROWS)}>
          Show older ones
        </button>
      )}
    </Dialog>
  );
}

function NameState() {
  const session = useSession();
  const [name, setName] = useState('');
  return (
    <form
      class="setting-row"
      onSubmit={(event) => {
        event.preventDefault();
        void session.run(async () => {
          await nameState(session, name.trim());
          setName('');
        });
      }}
    >
      <input
        class="field"
        type="text"
        required
        maxLength={80}
        aria-label="A name for the workspace as it is now"
        placeholder="Name this state…"
        autocomplete="off"
        data-testid="history-name"
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button class="button" type="submit" data-testid="history-keep" disabled={name.trim() === ''}>
        Keep
      </button>
    </form>
  );
}

/** @param {{ checkpoint: Checkpoint, state: State }} props */
function CheckpointRow({ checkpoint, state }) {
  const session = useSession();
  const { checkpoint: number, automatic, time } = checkpoint;
  const title = titleOf(checkpoint);
  const words = automatic ? checkpoint.name : `“${title}”`;
  return (
    <Row
      id={number}
      kind={automatic ? 'automatic' : 'named'}
      icon={automatic ? 'clock' : 'flag'}
      title={title}
      facts={moment(time)}
      files={() => whatRewindingDoes(session, number)}
    >
      <button
        class="button"
        aria-label={`Rewind to ${words}`}
        data-testid="history-rewind"
        disabled={!mayRewind(state)}
        onClick={() => session.run(() => rewindTo(session, number, words))}
      >
        Rewind
      </button>
      <button
        class="button ghost square"
        aria-label={`Drop ${title}`}
        title="Drop: keep it no longer"
        data-testid="history-drop"
        disabled={!mayRewind(state)}
        onClick={() => session.run(() => drop(session, checkpoint))}
      >
        <Icon name="trash" />
      </button>
    </Row>
  );
}

/** @param {{ commit: Commit, state: State }} props */
function CommitRow({ commit, state }) {
  const session = useSession();
  const open = commit.done + commit.unknown > 0;
  const facts = [moment(commit.time), standing(commit)].filter(Boolean).join(' · ');
  const can = mayRewind(state) && state.review.canCommit;
  return (
    <Row
      id={commit.commit}
      kind="commit"
      icon="check"
      title={`Commit of ${plural(commit.files, 'file')}`}
      facts={facts}
      files={() => whatWasCommitted(session, commit.commit)}
    >
      {open && (
        <button
          class="button"
          data-testid="history-undo"
          disabled={!can}
          title={can ? undefined : 'Not now: the folder has to be at hand, and nothing else running'}
          onClick={() => session.run(() => undoFromHistory(session, commit))}
        >
          Undo commit
        </button>
      )}
      <button
        class="button ghost square"
        aria-label={`Forget the commit of ${plural(commit.files, 'file')}`}
        title="Forget: it cannot be undone any more"
        data-testid="history-forget"
        disabled={!mayRewind(state)}
        onClick={() => session.run(() => forgetCommit(session, commit))}
      >
        <Icon name="trash" />
      </button>
    </Row>
  );
}

/** @typedef {{ path: string, words: string }} FileLine */

/** @param {import('../logic/session.js').Session} session @param {number} checkpoint @returns {Promise<FileLine[]>} */
async function whatRewindingDoes(session, checkpoint) {
  const changes = await session.ready.changes({ from: 'head', to: checkpoint });
  return changes.map(({ path, kind }) => ({ path, words: BECOMES[kind] }));
}

/** @param {import('../logic/session.js').Session} session @param {number} number @returns {Promise<FileLine[]>} */
async function whatWasCommitted(session, number) {
  const [commit] = await session.ready.commits(number);
  return (commit?.steps ?? []).map(({ path, kind, state }) => ({
    path,
    words:
      state === 'done' ? kind : state === 'left' ? 'left alone' : state === 'undone' ? 'undone' : 'unknown',
  }));
}

/**
 * One line with its buttons; unfolded it names the files.
 * @param {{ id: number, kind: string, icon: import('./Icon.jsx').IconName, title: string, facts: string,
 *   files: () => Promise<FileLine[]>, children: import('preact').ComponentChildren }} props
 */
function Row({ id, kind, icon, title, facts, files, children }) {
  const session = useSession();
  const [open, setOpen] = useState(false);
  const [lines, setLines] = useState(/** @type {FileLine[] | null} */ (null));
  const body = `history-files-${id}`;
  useEffect(() => {
    if (open && !lines) void session.run(async () => setLines(await files()));
  }, [open]);
  return (
    <li class="history-row" data-testid="history-row" data-kind={kind} data-number={id}>
      <div class="history-head">
        <button
          class="history-open"
          aria-expanded={open}
          aria-controls={body}
          data-testid="history-open"
          onClick={() => setOpen(!open)}
        >
          <Icon name={icon} class="history-icon" />
          <span class="history-text">
            <span class="history-title">{title}</span>
            <span class="quiet">{facts}</span>
          </span>
          <Icon name="chevron" class="tool-chevron" />
        </button>
        {children}
      </div>
      <div class="history-files" id={body} hidden={!open} data-testid="history-files">
        {open && <Files kind={kind} lines={lines} />}
      </div>
    </li>
  );
}

/** @param {{ kind: string, lines: FileLine[] | null }} props */
function Files({ kind, lines }) {
  if (!lines) return <p class="quiet">Reading…</p>;
  if (lines.length === 0) return <p class="quiet">The workspace is the same now.</p>;
  return (
    <>
      {kind !== 'commit' && (
        <p class="quiet">Rewinding to it, {plural(lines.length, 'file changes', 'files change')}:</p>
      )}
      <ul>
        {lines.slice(0, FILES).map(({ path, words }) => (
          <li key={path}>
            <span class="mono">{path}</span> <span class="quiet">{words}</span>
          </li>
        ))}
        {lines.length > FILES && <li class="quiet">and {plural(lines.length - FILES, 'more file')}</li>}
      </ul>
    </>
  );
}
