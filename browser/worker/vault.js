/**
 * Secrets (provider keys that the user brings, the proxy's session) encrypted with AES-GCM-256 under a key that
 * cannot be extracted, in IndexedDB. Envelope: {v: 1, iv: 12 fresh random bytes, data: ciphertext with tag}; the
 * secret's name and endpoint are bound as additional data. Without WebCrypto or IndexedDB: memory only.
 */
import { UmbraError } from './errors.js';

const DATABASE = 'umbra-vault';
const VERSION = 1;
const KEY_ID = 'aes-gcm-256';

/** @param {IDBRequest} request @returns {Promise<any>} */
const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('keys');
    request.result.createObjectStore('secrets');
  };
  return answer(request);
}

/** @param {string} name @param {string} endpoint */
const boundTo = (name, endpoint) =>
  new TextEncoder().encode(JSON.stringify(['umbra-vault', VERSION, name, endpoint]));

/** The two ways of keeping, behind one interface. */
export class Vault {
  /** @type {'indexeddb' | 'memory'} */
  kind = 'memory';
  /** @type {IDBDatabase | null} */
  #database = null;
  /** @type {CryptoKey | null} */
  #key = null;
  /** @type {Map<string, { endpoint: string, secret: string }>} */
  #memory = new Map();

  /** @returns {Promise<Vault>} */
  static async open() {
    const vault = new Vault();
    try {
      if (!globalThis.crypto?.subtle) return vault;
      vault.#database = await openDatabase();
      vault.#key = await vault.#ownKey(vault.#database);
      vault.kind = 'indexeddb';
    } catch {
      vault.#database = null; // private windows refuse IndexedDB in several ways; memory serves
    }
    return vault;
  }

  /** The key of this browser profile, made at first use. @param {IDBDatabase} database */
  async #ownKey(database) {
    const kept = await answer(database.transaction('keys').objectStore('keys').get(KEY_ID));
    if (kept) return kept;
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]);
    const keys = database.transaction('keys', 'readwrite').objectStore('keys');
    // Another tab may have been faster: its key stays.
    const now = await answer(keys.get(KEY_ID));
    if (now) return now;
    await answer(keys.put(made, KEY_ID));
    return made;
  }

  /** @param {IDBTransactionMode} mode */
  #secrets(mode) {
    return /** @type {IDBDatabase} */ (this.#database).transaction('secrets', mode).objectStore('secrets');
  }

  /**
   * @param {string} name whose secret, as "anthropic"
   * @param {string} endpoint where it may be sent
   * @param {string} secret
   */
  async put(name, endpoint, secret) {
    if (!this.#key) {
      this.#memory.set(name, { endpoint, secret });
      return;
    }
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: boundTo(name, endpoint) },
      this.#key,
      new TextEncoder().encode(secret),
    );
    await answer(this.#secrets('readwrite').put({ v: VERSION, iv, data }, name));
  }

  /**
   * The secret, null when there is none. One that was kept for another endpoint does not open.
   * @param {string} name
   * @param {string} endpoint
   * @returns {Promise<string | null>}
   */
  async get(name, endpoint) {
    if (!this.#key) {
      const kept = this.#memory.get(name);
      return kept?.endpoint === endpoint ? kept.secret : null;
    }
    const envelope = await answer(this.#secrets('readonly').get(name));
    if (!envelope) return null;
    if (envelope.v !== VERSION) {
      throw new UmbraError(
        'EVERSION',
        `the stored key "${name}" was written by another version; enter it again`,
      );
    }
    try {
      const data = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: envelope.iv, additionalData: boundTo(name, endpoint) },
        this.#key,
        envelope.data,
      );
      return new TextDecoder().decode(data);
    } catch {
      return null;
    }
  }

  /** @param {string} name */
  async forget(name) {
    this.#memory.delete(name);
    if (this.#key) await answer(this.#secrets('readwrite').delete(name));
  }

  /** @returns {Promise<string[]>} */
  async names() {
    if (!this.#key) return [...this.#memory.keys()];
    return answer(this.#secrets('readonly').getAllKeys());
  }

  close() {
    this.#database?.close();
    this.#memory.clear();
  }
}
