/** Searches the memory of the WebAssembly core, which no script reaches, through Chromium's debugger. */

/** @typedef {import('puppeteer-core').CDPSession} Session */

/** The objects that an object refers to, private fields and the scopes of functions included. @param {Session} session @param {string} objectId */
async function referred(session, objectId) {
  const found = await session.send('Runtime.getProperties', { objectId, ownProperties: true });
  const all = [...found.result, ...(found.internalProperties ?? []), ...(found.privateProperties ?? [])];
  return all.flatMap(({ value }) => {
    const isObject = value?.type === 'object' || value?.type === 'function';
    return isObject && value.objectId && !value.description?.startsWith('Global') ? [value.objectId] : [];
  });
}

/** Emscripten's module, some steps away from the worker's message handler. @param {Session} session */
async function findModule(session) {
  const start = await session.send('Runtime.evaluate', { expression: 'self.onmessage' });
  let layer = [/** @type {string} */ (start.result.objectId)];
  for (let depth = 0; depth < 6; depth++) {
    for (const objectId of layer) {
      const { result } = await session.send('Runtime.callFunctionOn', {
        objectId,
        functionDeclaration: 'function () { return this?.HEAPU8 instanceof Uint8Array; }',
        returnByValue: true,
      });
      if (result.value) return objectId;
    }
    layer = (await Promise.all(layer.map((objectId) => referred(session, objectId)))).flat();
  }
  throw new Error('the core’s module was not found');
}

/**
 * How often each text is in the core's memory, in UTF-8 or UTF-16.
 * @param {import('puppeteer-core').Page} page
 * @param {string[]} texts
 * @returns {Promise<number[]>}
 */
export async function countInWasmMemory(page, texts) {
  const session = /** @type {Session} */ (page.workers()[0].client);
  const { result } = await session.send('Runtime.callFunctionOn', {
    objectId: await findModule(session),
    functionDeclaration: String(countIn),
    arguments: [{ value: texts }],
    returnByValue: true,
  });
  return result.value;
}

/** Runs in the worker. @this {{ HEAPU8: Uint8Array }} @param {string[]} texts */
function countIn(texts) {
  const bytes = this.HEAPU8;
  return texts.map((text) => {
    let found = 0;
    for (const width of [1, 2]) {
      const wanted = new Uint8Array(text.length * width);
      for (let i = 0; i < text.length; i++) wanted[i * width] = text.charCodeAt(i);
      for (let at = bytes.indexOf(wanted[0]); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
        let same = 1;
        while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
        if (same === wanted.length) found++;
      }
    }
    return found;
  });
}
