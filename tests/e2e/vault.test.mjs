/** A key that the user brings: encrypted at rest, sent to the provider through the proxy, and found nowhere else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { say, use } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';
import { countInWasmMemory } from './support/wasm_memory.mjs';

/** @typedef {import('./support/app.mjs').App} App */

const CANARY = 'sk-ant-canary-9f8e7d6c5b4a3210';
const MARKER = 'A prompt that is sure to be in the memory of the core';
const PROXY_KEY = 'sk-ant-test-of-the-proxy';
const BYO = { args: ['--allow-byo-keys'] };
const TREE = treeOf({ 'a.txt': 'one\n' });
const SCRIPT = {
  [MARKER]: [[say('I look.'), use('Read', { file_path: 'a.txt' })], [say('The first answer.')]],
  Again: [[say('The second answer.')]],
  'Without it': [[say('The third answer.')]],
};

/** @param {App} app */
async function keepKey(app) {
  await app.click('settings');
  await app.fill('key', CANARY);
  await app.click('key-save');
  await app.see('key-kept');
}

/** Everything in every database and storage of the origin, as text, bytes as Latin-1 and UTF-16. @param {App} app */
function dump(app) {
  return app.page.evaluate(async () => {
    /** @param {IDBRequest} request @returns {Promise<any>} */
    const answer = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    /** @param {any} value @returns {string} */
    const flat = (value) => {
      if (value instanceof ArrayBuffer) return flat(new Uint8Array(value));
      if (value instanceof Uint8Array) {
        const text = [...value].map((byte) => String.fromCharCode(byte)).join('');
        return text + text.replaceAll('\0', '');
      }
      if (value === null || typeof value !== 'object') return String(value);
      return Object.entries(value)
        .map(([name, one]) => `${name}=${flat(one)};`)
        .join('');
    };
    const found = [flat({ ...localStorage }), flat({ ...sessionStorage }), document.cookie];
    for (const { name } of await indexedDB.databases()) {
      const database = await answer(indexedDB.open(/** @type {string} */ (name)));
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store);
        found.push(name ?? '', store, flat(await answer(objects.getAllKeys())));
        found.push(flat(await answer(database.transaction(store).objectStore(store).getAll())));
      }
      database.close();
    }
    return found.join('\n');
  });
}

/** Looks at the vault as a script of this origin can. @param {App} app @param {string} endpoint the proxy's origin */
function inspect(app, endpoint) {
  return app.page.evaluate(async (proxy) => {
    /** @param {IDBRequest} request @returns {Promise<any>} */
    const answer = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await answer(indexedDB.open('umbra-vault'));
    const [key] = await answer(database.transaction('keys').objectStore('keys').getAll());
    const record = await answer(database.transaction('secrets').objectStore('secrets').get('anthropic'));
    database.close();
    if (!record) return null;
    /** @param {string} name @param {string} place */
    const opens = (name, place) =>
      crypto.subtle
        .decrypt(
          {
            name: 'AES-GCM',
            iv: record.iv,
            additionalData: new TextEncoder().encode(JSON.stringify(['umbra-vault', 1, name, place])),
          },
          key,
          record.data,
        )
        .then(
          (bytes) => new TextDecoder().decode(bytes),
          (/** @type {Error} */ error) => error.name,
        );
    return {
      members: Object.keys(record).sort().join(),
      version: record.v,
      iv: [...record.iv],
      size: record.data.byteLength,
      extractable: key.extractable,
      algorithm: JSON.stringify(key.algorithm),
      exported: await Promise.all(
        ['raw', 'jwk'].map((form) =>
          crypto.subtle.exportKey(/** @type {'raw'} */ (form), key).then(
            () => 'exported',
            (/** @type {Error} */ error) => error.name,
          ),
        ),
      ),
      own: await opens('anthropic', proxy),
      otherName: await opens('openai', proxy),
      otherPlace: await opens('anthropic', 'https://evil.example'),
    };
  }, endpoint);
}

/** Moves the key's envelope to another name in the database. @param {App} app @param {string} name */
function moveEnvelope(app, name) {
  return app.page.evaluate(async (to) => {
    const request = indexedDB.open('umbra-vault');
    await new Promise((resolve) => (request.onsuccess = resolve));
    const change = request.result.transaction('secrets', 'readwrite');
    const secrets = change.objectStore('secrets');
    const kept = secrets.get('anthropic');
    kept.onsuccess = () => secrets.put(kept.result, to);
    await new Promise((resolve) => (change.oncomplete = resolve));
    request.result.close();
  }, name);
}

/** Collects every event of the client, as JSON. @param {App} app */
async function listen(app) {
  await app.page.evaluate(() => {
    const seen = /** @type {string[]} */ ([]);
    Object.assign(window, { seenEvents: seen });
    /** @type {any} */ (window).umbraPage.client.on('*', (/** @type {any} */ event) =>
      seen.push(JSON.stringify(event)),
    );
  });
  return () => app.page.evaluate(() => /** @type {any} */ (window).seenEvents.join('\n'));
}

/** The workspace's file in OPFS, as Latin-1; the workspace is closed for it. @param {App} app */
async function imageOf(app) {
  await app.client('close');
  return app.page.evaluate(async () => {
    const top = await navigator.storage.getDirectory();
    const folder = await (await top.getDirectoryHandle('umbra')).getDirectoryHandle('default');
    let text = '';
    for await (const handle of folder.values()) {
      const bytes = new Uint8Array(await (await /** @type {any} */ (handle).getFile()).arrayBuffer());
      for (const byte of bytes) text += String.fromCharCode(byte);
    }
    return text;
  });
}

for (const name of BROWSERS) {
  describe(`the vault in ${name}`, () => {
    const browser = useBrowser(name);

    it('a key is encrypted, used, found nowhere else, kept over a reload, forgotten', async () => {
      let key = CANARY;
      const options = { proxy: BYO, key: () => key };
      await onStage(
        browser(),
        SCRIPT,
        async ({ app, proxy }) => {
          await app.importTree(TREE);
          const events = await listen(app);
          await keepKey(app);
          assert.ok(!(await app.page.content()).includes(CANARY), 'the key stays in no field');
          const values = await app.page.$$eval('input', (all) => all.map((one) => one.value).join());
          assert.ok(!values.includes(CANARY));
          await app.click('settings-close');
          await app.turn(MARKER);
          await app.says('assistant-text', 'The first answer.');

          const stored = await dump(app);
          assert.match(stored, /umbra-vault/);
          assert.ok(!stored.includes(CANARY));
          const vault = await inspect(app, proxy.origin);
          assert.equal(vault?.members, 'data,iv,v');
          assert.equal(vault.version, 1);
          assert.equal(vault.iv.length, 12);
          assert.equal(vault.size, CANARY.length + 16);
          assert.equal(vault.extractable, false);
          assert.deepEqual(JSON.parse(vault.algorithm), { length: 256, name: 'AES-GCM' });
          assert.deepEqual(vault.exported, ['InvalidAccessError', 'InvalidAccessError']);
          assert.deepEqual(
            [vault.own, vault.otherName, vault.otherPlace],
            [CANARY, 'OperationError', 'OperationError'],
          );
          await app.client('setKey', 'anthropic', CANARY);
          assert.notDeepEqual(
            (await inspect(app, proxy.origin))?.iv,
            vault.iv,
            'each save has an IV of its own',
          );

          if (name === 'chromium') {
            const found = await countInWasmMemory(app.page, [MARKER, CANARY]);
            assert.ok(found[0] > 0, 'the search finds what is there');
            assert.equal(found[1], 0, 'the key is not in the memory of the core');
          }
          const seenEvents = await events();
          await app.reload();
          await app.turn('Again');
          await app.says('assistant-text', 'The second answer.');

          await app.click('settings');
          await app.click('key-forget');
          await app.see('key');
          await app.click('settings-close');
          assert.equal(await inspect(app, proxy.origin), null);
          key = PROXY_KEY;
          await app.turn('Without it');
          await app.says('assistant-text', 'The third answer.');

          for (const [where, text] of Object.entries({
            events: seenEvents,
            history: JSON.stringify(await app.history()),
            page: await app.page.content(),
            proxy: proxy.log(),
            workspace: await imageOf(app),
          })) {
            assert.ok(!text.includes(CANARY), `the key is in the ${where}`);
            assert.ok(text.length > 100, `the ${where} is really looked at`);
          }
        },
        options,
      );
    });

    it('an envelope under another name or for another proxy opens nothing', async () => {
      await onStage(
        browser(),
        { Again: [[say('With the key of the proxy.')]], [MARKER]: [[say('Not to be reached.')]] },
        async ({ app }) => {
          await app.importTree(TREE);
          await keepKey(app);
          await app.click('settings-close');
          await moveEnvelope(app, 'proxy-session');
          await app.turn(MARKER);
          assert.match((await app.texts('turn-error'))[0], /status 401/);
          await app.see('pair-banner', '[data-state="unpaired"]');
        },
        { proxy: BYO, key: () => CANARY },
      );
    });

    it('a proxy that takes no keys says so, and works again without', async () => {
      await onStage(browser(), SCRIPT, async ({ app, model }) => {
        await app.importTree(TREE);
        await app.click('settings');
        assert.match(
          await app.page.$eval('.setting', (one) => one.textContent ?? ''),
          /does not take keys from users/,
        );
        await app.click('settings-close');
        await keepKey(app);
        await app.click('settings-close');
        await app.turn('Again');
        assert.match((await app.texts('turn-error'))[0], /status 403: .*key/i);
        assert.equal(model.requests.length, 0, 'nothing reached the provider');
        await app.client('forgetKey', 'anthropic');
        await app.turn('Again');
        await app.says('assistant-text', 'The second answer.');
      });
    });
  });
}
