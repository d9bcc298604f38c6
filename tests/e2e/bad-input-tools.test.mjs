/** Tool calls that make no sense: each gets an error that the model can read, and the turn goes on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashes } from './support/folder.mjs';
import { resultsOf, say, use } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';

const TREE = treeOf({ 'a.txt': 'one\n', 'sub/b.txt': 'two\n' });

/** @type {[string, any, RegExp][]} */
const CALLS = [
  ['Read', '{"file_path": "a.t', /the input of a tool call/],
  ['Read', 'nonsense', /the input of a tool call/],
  ['Read', '["a.txt"]', /the input must be an object, not an array/],
  ['Read', { file_path: 7 }, /"file_path" must be a string, not a number/],
  ['Read', { file_path: 'a.txt', offset: 'first' }, /"offset" must be a whole number, not a string/],
  ['Read', {}, /"file_path" is missing/],
  ['Read', { file_path: 'a.txt', colour: 'red' }, /there is no "colour"; it takes file_path/],
  ['Teleport', { to: 'moon' }, /no tool "Teleport"; there are Read, Write/],
  ['Read', { file_path: '../x' }, /leads out of the workspace/],
  ['Read', { file_path: 'sub/../../x' }, /leads out of the workspace/],
  ['Read', { file_path: '/etc/passwd' }, /absolute paths lead out of the workspace/],
  ['Read', { file_path: 'a.txt\0.md' }, /NUL/],
  ['Read', { file_path: 'sub' }, /is a directory/],
  ['Read', { file_path: 'c'.repeat(300) }, /over 255 bytes/],
  ['Grep', { pattern: '(unclosed' }, /pattern/],
  ['Glob', { pattern: '../*' }, /leads out of the workspace|workspace/],
  ['Write', { file_path: '../x', content: 'x' }, /leads out of the workspace/],
  ['Write', { file_path: '/etc/passwd', content: 'x' }, /absolute paths lead out of the workspace/],
  ['Write', { file_path: 'a.txt\0', content: 'x' }, /NUL/],
  ['Write', { file_path: 'a.txt' }, /"content" is missing/],
  ['Write', { file_path: 'a.txt/b', content: 'x' }, /not a directory/],
];

for (const name of BROWSERS) {
  describe(`bad tool calls in ${name}`, () => {
    const browser = useBrowser(name);
    it('each is answered with an error, none changes anything', async () => {
      const calls = CALLS.map(([tool, input]) => use(tool, input));
      const script = { Try: [calls, [use('Read', { file_path: 'a.txt' })], [say('I have learned.')]] };
      await onStage(browser(), script, async ({ app, model }) => {
        await app.importTree(TREE);
        await app.ask('Try');
        // The first writing call asks; whether it is sensible is for the tool to say.
        await app.see('permission');
        await app.click('permission-allow-session');
        await app.says('assistant-text', 'I have learned.');
        await app.idle();
        const results = resultsOf(model.requests[1].body);
        assert.equal(results.length, CALLS.length);
        for (const [index, [tool, input, expected]] of CALLS.entries()) {
          const what = `${tool} ${JSON.stringify(input)}`;
          assert.match(results[index][1], expected, what);
          assert.equal(results[index][0], true, what);
        }
        assert.deepEqual(resultsOf(model.requests[2].body), [[false, '     1\tone\n']]);
        assert.equal(await app.count('change-row'), 0);
        assert.deepEqual(await app.workspace(TREE.keys()), hashes(TREE));
      });
    });
  });
}
