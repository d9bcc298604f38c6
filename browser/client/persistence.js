/** What the browser says of this site's storage. Older browsers and insecure pages lack parts of it: then the least. */

/** Whether the browser has promised to keep it. */
export async function isPersisted() {
  try {
    return await navigator.storage.persisted();
  } catch {
    return false;
  }
}

/** Asks for that promise. Chromium decides by itself; Firefox asks the user, and this waits for the answer. */
export async function askPersistence() {
  try {
    return await navigator.storage.persist();
  } catch {
    return false;
  }
}

/** Bytes that this origin uses and may use; 0 where the browser does not say. */
export async function estimate() {
  try {
    const { usage = 0, quota = 0 } = await navigator.storage.estimate();
    return { usage, quota };
  } catch {
    return { usage: 0, quota: 0 };
  }
}
