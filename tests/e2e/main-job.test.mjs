/**
 * The main job, by hand in a real browser: import this repository, ask, watch, allow, review, commit; then a reload
 * and a worker that dies, twice. The model is a real HTTP server behind the real proxy.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashes, readFolder } from './support/folder.mjs';
import { held, resultsOf, say, use } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import {
  BARE_NAME,
  CRLF_NAME,
  LONG_WIDE_NAME,
  ODD_NAME,
  hostileTree,
  ownTree,
  text,
} from './support/trees.mjs';
import { until } from './support/until.mjs';

/** @typedef {import('./support/app.mjs').App} App */
/** @typedef {import('./support/folder.mjs').Tree} Tree */

const NEW_NAME = 'docs/new page \u00fc.md';
const NEW_TEXT = '# Neu\n\n\u65e5\u672c \u{1f30d} without a newline at the end';
const LONG = `odd/${LONG_WIDE_NAME}`;

const CHANGES = [
  use('Edit', { file_path: CRLF_NAME, old_string: 'two\n', new_string: 'zwei\nzweieinhalb\n' }),
  use('Edit', { file_path: BARE_NAME, old_string: 'newline', new_string: 'line feed' }),
  use('Edit', { file_path: LONG, old_string: 'long and', new_string: 'longer and' }),
  use('Write', { file_path: NEW_NAME, content: NEW_TEXT }),
  use('Edit', { file_path: ODD_NAME, old_string: 'not in there', new_string: 'nothing' }),
];

/** The answers, and the two of them that stop in mid-stream. */
function plan() {
  const looking = held(
    [
      say('I will **look around** first, and then change things.'),
      use('ListDir', { path: 'odd' }),
      use('Grep', { pattern: 'cmocka', path: 'CMakeLists.txt', output_mode: 'content' }),
      use('Read', { file_path: ODD_NAME }),
    ],
    7,
  );
  const dying = held([say('This sentence is already there when the worker dies. The rest never comes.')], 7);
  /** @type {import('./support/model.mjs').Script} */
  const script = {
    'Do the main job': [looking.answer, CHANGES, [say('All of it is **done**.')]],
    'Die in mid-answer': [dying.answer],
    'Go on': [[say('We go on after the first crash.')]],
    'Die at a question': [[say('May I?'), use('Write', { file_path: 'never.txt', content: 'never' })]],
    'Go on again': [[use('Read', { file_path: BARE_NAME })], [say('We go on after the second crash.')]],
  };
  return { script, looking, dying };
}

/** What the workspace holds at the end of the turn. @param {Tree} tree @returns {Tree} */
function changed(tree) {
  return new Map([
    ...tree,
    [CRLF_NAME, text('one\r\nzwei\r\nzweieinhalb\r\nthree\r\n')],
    [BARE_NAME, text('first\nlast without a line feed')],
    [LONG, text('longer and wide\n')],
    [NEW_NAME, text(NEW_TEXT)],
  ]);
}

/** @param {App} app @param {ReturnType<typeof held>} looking */
async function watchTheAnswer(app, looking) {
  await app.ask('Do the main job');
  const draft = await app.see('assistant-text', '[data-streaming="true"]');
  await until(app.page, (one) => /** @type {any} */ (one).innerText.includes('look around'), draft);
  assert.equal(await app.count('tool-card'), 0, 'the text is there before the rest of the stream is');
  assert.equal(await app.count('stop'), 1);
  looking.release();
}

/** @param {App} app */
async function allow(app) {
  await app.see('permission');
  assert.deepEqual(await app.cards(), [
    'ListDir:done',
    'Grep:done',
    'Read:done',
    'Edit:waiting',
    'Edit:queued',
    'Edit:queued',
    'Write:queued',
    'Edit:queued',
  ]);
  const [first] = await app.texts('permission');
  assert.match(first, /Edit odd\/crlf\.txt/);
  assert.match(first, /zweieinhalb/, 'the prompt shows what would be written');
  assert.equal(await app.count('change-row'), 0, 'nothing is changed before it is allowed');
  await app.click('permission-allow');
  await app.see('tool-card', `[data-id="${idOf(1)}"][data-state="waiting"]`);
  await app.click('permission-allow-session');
  // The third Edit asks no more; a Write does.
  await app.see('tool-card', `[data-id="${idOf(3)}"][data-state="waiting"]`);
  await app.click('permission-allow-session');
  await app.idle();
}

/** The id of one of CHANGES. @param {number} index */
const idOf = (index) => /** @type {any} */ (CHANGES[index]).id;

/** @param {any[]} requests */
function checkResults(requests) {
  const looked = resultsOf(requests[1].body);
  assert.deepEqual(
    looked.map(([failed]) => failed),
    [false, false, false],
  );
  assert.match(looked[0][1], /with {2}spaces \.txt/);
  assert.match(looked[1][1], /cmocka/);
  assert.equal(
    looked[2][1],
    '     1\t# Na\u00efve\n     2\t\n     3\tGr\u00fc\u00dfe aus \u65e5\u672c \u{1f30d}\n',
  );
  const done = resultsOf(requests[2].body);
  assert.deepEqual(
    done.map(([failed]) => failed),
    [false, false, false, false, true],
  );
  assert.match(done[4][1], /old_string is not in odd\/na\u00efve/);
}

/** @param {App} app */
async function review(app) {
  assert.deepEqual(await app.changesAre(4), [
    `added ${NEW_NAME}`,
    `modified ${CRLF_NAME}`,
    `modified ${BARE_NAME}`,
    `modified ${LONG}`,
  ]);
  assert.deepEqual(await app.diffLines(CRLF_NAME), [
    'same one\r',
    'removed two\r',
    'added zwei\r',
    'added zweieinhalb\r',
    'same three\r',
  ]);
  assert.deepEqual(await app.diffLines(BARE_NAME), [
    'same first',
    'removed last without a newline',
    'note \\ No newline at end of file',
    'added last without a line feed',
    'note \\ No newline at end of file',
  ]);
  assert.deepEqual(await app.diffLines(NEW_NAME), [
    'added # Neu',
    'added ',
    'added \u65e5\u672c \u{1f30d} without a newline at the end',
    'note \\ No newline at end of file',
  ]);
}

/** Commits all but one. @param {App} app @param {Tree} tree */
async function commit(app, tree) {
  const real = () => readFolder(app.page).then(hashes);
  assert.deepEqual(await real(), hashes(tree), 'the real folder is untouched before the commit');
  await app.click('change-row', `[data-path=${JSON.stringify(BARE_NAME)}] [data-testid="change-accept"]`);
  await app.see('change-row', `[data-path=${JSON.stringify(BARE_NAME)}][data-accepted="false"]`);
  await app.click('commit');
  await app.see('commit-result', '[data-ok="true"]');
  const expected = changed(tree);
  expected.set(BARE_NAME, /** @type {Uint8Array} */ (tree.get(BARE_NAME)));
  assert.deepEqual(await real(), hashes(expected), 'exactly the accepted changes are in the real folder');
  assert.deepEqual(await app.changesAre(1), [`modified ${BARE_NAME}`]);
  return expected;
}

/** What the page shows of the conversation and of the changes. @param {App} app */
async function shown(app) {
  return {
    user: await app.texts('user-text'),
    assistant: await app.texts('assistant-text'),
    cards: await app.cards(),
    changes: await app.changes(),
  };
}

/** @param {App} app @param {Tree} workspace */
async function reload(app, workspace) {
  const before = { ...(await shown(app)), history: await app.history() };
  await app.reload();
  await app.see('change-row');
  assert.deepEqual({ ...(await shown(app)), history: await app.history() }, before);
  assert.deepEqual(await app.workspace(workspace.keys()), hashes(workspace));
}

/** @param {App} app @param {Tree} workspace @param {ReturnType<typeof held>} dying */
async function dieInMidAnswer(app, workspace, dying) {
  await app.ask('Die in mid-answer');
  await app.says('assistant-text', 'already there');
  await until(app.page, async () => {
    const events = await /** @type {any} */ (window).umbraPage.client.history();
    return events.at(-1).type === 'partial';
  });
  const seen = (await app.texts('assistant-text')).at(-1);
  await app.killWorker();
  await dying.closed;
  await app.reopen();
  assert.deepEqual((await app.texts('user-text')).at(-1), 'Die in mid-answer');
  assert.ok((await app.texts('assistant-text')).at(-1)?.startsWith(/** @type {string} */ (seen)), seen);
  assert.deepEqual(
    await app.page.$$eval('[data-testid="turn-note"]', (all) => all.at(-1)?.getAttribute('data-reason')),
    'interrupted',
  );
  assert.deepEqual(await app.workspace(workspace.keys()), hashes(workspace));
  assert.deepEqual(await app.changesAre(1), [`modified ${BARE_NAME}`]);
  await app.turn('Go on');
  await app.says('assistant-text', 'after the first crash');
}

/** @param {App} app @param {Tree} workspace */
async function dieAtAQuestion(app, workspace) {
  await app.ask('Die at a question');
  await app.see('permission');
  await app.killWorker();
  await app.reopen();
  assert.equal(await app.count('permission'), 0);
  assert.equal((await app.cards()).at(-1), 'Write:error');
  assert.deepEqual(await app.workspace(workspace.keys()), hashes(workspace));
  assert.deepEqual(await app.changesAre(1), [`modified ${BARE_NAME}`]);
  await app.turn('Go on again');
  await app.says('assistant-text', 'after the second crash');
}

for (const name of BROWSERS) {
  describe(`the main job in ${name}`, () => {
    const browser = useBrowser(name);
    it(
      'imports, works, reviews, commits; survives a reload and two crashes',
      { timeout: 150_000 },
      async () => {
        const { script, looking, dying } = plan();
        await onStage(browser(), script, async ({ app, model }) => {
          assert.equal(new URL(app.page.url()).hash, '', 'the pairing token is gone from the address');
          const tree = new Map([...(await ownTree()), ...hostileTree()]);
          const imported = await app.importTree(tree);
          assert.deepEqual(imported.skipped, []);
          assert.equal(imported.files, tree.size);
          await watchTheAnswer(app, looking);
          await allow(app);
          assert.equal((await app.cards()).at(-1), 'Edit:error');
          await app.says('assistant-text', 'All of it is done.');
          checkResults(model.requests);
          await review(app);
          const real = await commit(app, tree);
          const workspace = changed(tree);
          await reload(app, workspace);
          await dieInMidAnswer(app, workspace, dying);
          await dieAtAQuestion(app, workspace);
          assert.deepEqual(hashes(await readFolder(app.page)), hashes(real), 'crashes touch nothing real');
        });
      },
    );
  });
}
