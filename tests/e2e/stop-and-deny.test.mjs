/** The user's two ways of saying no: the stop button in mid-answer, and a denied tool call with a reason. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashes, readFolder } from './support/folder.mjs';
import { held, resultsOf, say, use } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';

const TREE = treeOf({ 'a.txt': 'one\n', 'b.txt': 'two\n' });
const WRITE = use('Write', { file_path: 'a.txt', content: 'other\n' });

for (const name of BROWSERS) {
  describe(`saying no in ${name}`, () => {
    const browser = useBrowser(name);

    it('stop keeps the text so far and closes the connection to the provider', async () => {
      const endless = held([say('These words came before the stop. These did not.'), WRITE], 6);
      const script = { Talk: [endless.answer], Again: [[say('Here I am again.')]] };
      await onStage(browser(), script, async ({ app, model }) => {
        await app.importTree(TREE);
        await app.ask('Talk');
        await app.says('assistant-text', 'before the');
        await app.click('stop');
        await endless.closed;
        await app.see('turn-note', '[data-reason="cancelled"]');
        await app.idle();
        assert.match((await app.texts('assistant-text'))[0], /^These words came before the/);
        await app.turn('Again');
        await app.says('assistant-text', 'Here I am again.');
        const { messages } = model.requests[1].body;
        assert.match(messages[1].content[0].text, /^These words came before the/);
        await app.reload();
        await app.says('assistant-text', 'These words came before the');
      });
    });

    it('stop at a question ends the turn, and the call is never run', async () => {
      const script = { Write: [[WRITE]], Again: [[say('As you wish.')]] };
      await onStage(browser(), script, async ({ app, model }) => {
        await app.importTree(TREE);
        await app.ask('Write');
        await app.see('permission');
        await app.click('stop');
        await app.idle();
        assert.equal(await app.count('permission'), 0);
        await app.turn('Again');
        await app.says('assistant-text', 'As you wish.');
        const [[failed, content]] = resultsOf(model.requests[1].body);
        assert.equal(failed, true);
        assert.match(content, /Cancelled by the user/);
        assert.equal(await app.count('change-row'), 0);
      });
    });

    it('a denial reaches the model with its reason, and nothing is written', async () => {
      const script = { Write: [[WRITE], [say('Then I leave it.')]] };
      await onStage(browser(), script, async ({ app, model }) => {
        await app.importTree(TREE);
        await app.ask('Write');
        await app.see('permission');
        await app.fill('permission-reason', 'a.txt is „holy“');
        await app.click('permission-deny');
        await app.says('assistant-text', 'Then I leave it.');
        await app.idle();
        assert.deepEqual(await app.cards(), ['Write:denied']);
        const [[failed, content]] = resultsOf(model.requests[1].body);
        assert.equal(failed, true);
        assert.match(content, /denied.*a\.txt is „holy“/);
        assert.equal(await app.count('change-row'), 0);
        assert.deepEqual(await app.workspace(TREE.keys()), hashes(TREE));
        assert.deepEqual(hashes(await readFolder(app.page)), hashes(TREE));
      });
    });
  });
}
