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
 */

export class Network {
  /** @type {Map<number, AbortController>} */
  #running = new Map();

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

  async #session() {
    const kept = await this.vault.get(SESSION, this.proxy);
    if (!kept) return null;
    const { session, expires } = JSON.parse(kept);
    return expires * 1000 > Date.now() ? session : null;
  }

  async paired() {
    return (await this.#session()) !== null;
  }

  /**
   * One of the proxy's own routes, JSON both ways.
   * @param {string} path
   * @param {{ method?: string, body?: unknown, session?: boolean }} [options]
   */
  async #call(path, options = {}) {
    /** @type {Record<string, string>} */
    const headers = options.body ? { 'Content-Type': 'application/json' } : {};
    const session = options.session === false ? null : await this.#session();
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

  /** @param {{ session: string, expires: number }} granted */
  async #keep({ session, expires }) {
    await this.vault.put(SESSION, this.proxy, JSON.stringify({ session, expires }));
  }

  /** Exchanges a one-time pairing token for a session. @param {string} token */
  async pair(token) {
    await this.#keep(await this.#call('/v1/pair', { method: 'POST', body: { token }, session: false }));
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
