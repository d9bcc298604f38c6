/**
 * Requests for the core, and the proxy's own routes. Credentials are added here, at the moment of one request to
 * the configured proxy, and are seen by nothing else.
 */
import { UmbraError, messageOf } from './errors.js';

const SESSION = 'proxy-session';
/** Header that carries a key which the user brought, by provider. */
const KEY_HEADERS = /** @type {Record<string, string>} */ ({ anthropic: 'X-Api-Key-Anthropic' });

/**
 * @typedef {{ method: string, url: string, headers: string, credential: string | null, body: Uint8Array }} CoreFetch
 * @typedef {{ head: (status: number, headers: string) => void, data: (bytes: Uint8Array) => void,
 *   end: () => void, error: (sentence: string) => void }} Delivery
 * @typedef {{ session: string, expires: number, renewable_until?: number }} Granted Unix seconds
 * @typedef {Granted & { granted?: number }} Kept granted: Unix milliseconds, by this machine's clock
 */

export class Network {
  /** @type {Map<number, AbortController>} */
  #running = new Map();
  /** @type {Promise<string | null> | null} */
  #renewal = null;

  /**
   * @param {string} proxy origin of the proxy, without a slash at the end
   * @param {import('./vault.js').Vault} vault
   */
  constructor(proxy, vault) {
    this.proxy = proxy;
    this.vault = vault;
  }

  /** Whether the address is the proxy's own. @param {string} url */
  #isProxy(url) {
    return new URL(url).origin === new URL(this.proxy).origin;
  }

  /** @param {CoreFetch} request */
  async #headers(request) {
    const headers = new Headers(JSON.parse(request.headers));
    if (!request.credential || !this.#isProxy(request.url)) return headers;
    const session = await this.#session();
    if (session) headers.set('Authorization', `Bearer ${session}`);
    const key = await this.vault.get(request.credential, this.proxy);
    if (key) headers.set(KEY_HEADERS[request.credential], key);
    return headers;
  }

  /**
   * @param {number} id
   * @param {CoreFetch} request
   * @param {Delivery} delivery called until the end, an error, or cancel(id)
   */
  start(id, request, delivery) {
    const controller = new AbortController();
    this.#running.set(id, controller);
    this.#run(id, request, controller, delivery).catch((error) => {
      if (this.#running.delete(id)) delivery.error(this.#explain(error));
    });
  }

  /** A browser does not say that a proxy refused a page of another origin: it looks like no answer. */
  #foreignHint() {
    if (self.origin === new URL(this.proxy).origin) return '';
    return ` A proxy answers this page only when it is started with --allowed-origins ${self.origin}`;
  }

  /** @param {unknown} error */
  #explain(error) {
    return `${messageOf(error)} — is the demo-proxy running at ${this.proxy}, and was it stopped in mid-answer?${this.#foreignHint()}`;
  }

  /**
   * @param {number} id
   * @param {CoreFetch} request
   * @param {AbortController} controller
   * @param {Delivery} delivery
   */
  async #run(id, request, controller, delivery) {
    const response = await fetch(request.url, {
      method: request.method,
      headers: await this.#headers(request),
      body: /** @type {BodyInit} */ (request.body),
      signal: controller.signal,
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
    if (!this.#running.has(id)) return;
    delivery.head(response.status, JSON.stringify(Object.fromEntries(response.headers)));
    const reader = response.body?.getReader();
    while (reader) {
      const { done, value } = await reader.read();
      if (!this.#running.has(id)) return;
      if (done) break;
      delivery.data(value);
    }
    if (this.#running.delete(id)) delivery.end();
  }

  /** @param {number} id */
  cancel(id) {
    const controller = this.#running.get(id);
    this.#running.delete(id);
    controller?.abort();
  }

  cancelAll() {
    for (const id of [...this.#running.keys()]) this.cancel(id);
  }

  /** @returns {Promise<Kept | null>} */
  async #kept() {
    const kept = await this.vault.get(SESSION, this.proxy);
    return kept ? JSON.parse(kept) : null;
  }

  /**
   * The session for a request, renewed when half of its life is over, and also when all of it is: a machine that slept
   * goes on with it as long as the proxy allows.
   */
  async #session() {
    const kept = await this.#kept();
    if (!kept) return null;
    const now = Date.now();
    const expires = kept.expires * 1000;
    if (now < ((kept.granted ?? 0) + expires) / 2) return kept.session;
    if (now < (kept.renewable_until ?? 0) * 1000) {
      // Several requests at a time wait for one renewal.
      this.#renewal ??= this.#renew(kept.session).finally(() => (this.#renewal = null));
      const renewed = await this.#renewal;
      if (renewed) return renewed;
    }
    return now < expires ? kept.session : null;
  }

  /**
   * A new token for the same session; null when the proxy gives none or is not there.
   * @param {string} session
   * @returns {Promise<string | null>}
   */
  async #renew(session) {
    try {
      const granted = await this.#call('/v1/session', { method: 'POST', session });
      await this.#keep(granted);
      return granted.session;
    } catch {
      return null;
    }
  }

  /** Whether there is a session which is good, or can be renewed as far as is known here. */
  async paired() {
    const kept = await this.#kept();
    return kept !== null && Math.max(kept.expires, kept.renewable_until ?? 0) * 1000 > Date.now();
  }

  /**
   * One of the proxy's own routes, JSON both ways.
   * @param {string} path
   * @param {{ method?: string, body?: unknown, session?: string | null }} [options] session: another than the kept one,
   *   null for none
   */
  async #call(path, options = {}) {
    /** @type {Record<string, string>} */
    const headers = options.body ? { 'Content-Type': 'application/json' } : {};
    const session = options.session === undefined ? await this.#session() : options.session;
    if (session) headers.Authorization = `Bearer ${session}`;
    /** @type {Response} */
    let response;
    try {
      response = await fetch(this.proxy + path, {
        method: options.method ?? 'GET',
        headers,
        body: options.body ? JSON.stringify(options.body) : undefined,
        credentials: 'omit',
        redirect: 'error',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
      });
    } catch (error) {
      throw new UmbraError(
        'ENET',
        `the proxy at ${this.proxy} does not answer: ${messageOf(error)}; start it with npm start.${this.#foreignHint()}`,
      );
    }
    const body = await response.json().catch(() => null);
    if (response.ok && body !== null) return body;
    const reason = body?.error?.message ?? `status ${response.status}`;
    throw new UmbraError(
      response.status === 401 ? 'EACCES' : 'EUPSTREAM',
      `the proxy at ${this.proxy} refused: ${reason}`,
    );
  }

  /** @param {Granted} granted */
  async #keep({ session, expires, renewable_until }) {
    const kept = { session, expires, renewable_until, granted: Date.now() };
    await this.vault.put(SESSION, this.proxy, JSON.stringify(kept));
  }

  /** Exchanges a one-time pairing token for a session. @param {string} token */
  async pair(token) {
    await this.#keep(await this.#call('/v1/pair', { method: 'POST', body: { token }, session: null }));
  }

  async providers() {
    return (await this.#call('/v1/providers')).providers;
  }

  /** Keeps a provider's key, bound to this proxy. @param {string} provider @param {string} key */
  async setKey(provider, key) {
    if (!(provider in KEY_HEADERS)) throw new UmbraError('EUNKNOWN', `no provider is called "${provider}"`);
    if (!/^[\x21-\x7e]{8,512}$/.test(key)) {
      throw new UmbraError(
        'EINVAL',
        'this does not look like a key: 8 to 512 printable characters without spaces are expected',
      );
    }
    await this.vault.put(provider, this.proxy, key);
  }

  /** @param {string} provider */
  async forgetKey(provider) {
    await this.vault.forget(provider);
  }

  async keys() {
    return (await this.vault.names()).filter((name) => name in KEY_HEADERS);
  }
}
