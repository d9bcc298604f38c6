/** The proxy and the model behind it: whether they can be reached, and what they are. */
import { codeOf, sentence } from './format.js';
import { tokenFrom } from './pairing.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {Awaited<ReturnType<import('../../client/umbra.js').Umbra['providers']>>[number]} Provider */

/**
 * @typedef {object} Proxy
 * @property {'checking' | 'ok' | 'unpaired' | 'unreachable'} state
 * @property {string} message what the client said
 * @property {Provider | null} provider
 */

/** Failures that mean "the proxy answers, but does not know this browser". */
const UNPAIRED = /EACCES|EDENIED|EPAIR|EAUTH|UNAUTHORIZED/i;

/** @param {Session} session */
export async function checkProxy(session) {
  const { client } = session;
  if (!client) return;
  const { provider } = session.state.proxy;
  try {
    const providers = await client.providers();
    const found = providers.find((each) => each.id === 'anthropic') ?? providers[0] ?? null;
    const paired = client.info.paired || session.paired;
    const state = paired ? 'ok' : 'unpaired';
    session.set({ proxy: { state, message: '', provider: found } });
  } catch (error) {
    const state = UNPAIRED.test(codeOf(error)) ? 'unpaired' : 'unreachable';
    session.set({ proxy: { state, message: sentence(error), provider } });
  }
}

/**
 * Pairs with what the user pasted: a token or the whole address.
 * @param {Session} session
 * @param {string} text
 */
export async function pair(session, text) {
  const token = tokenFrom(text);
  if (token === '') {
    const { proxy } = session.state;
    session.set({
      proxy: { ...proxy, message: 'That holds no pairing token. Paste the address that npm start printed.' },
    });
    return;
  }
  try {
    await session.ready.pair(token);
    session.paired = true;
  } catch (error) {
    session.set({ proxy: { ...session.state.proxy, message: sentence(error) } });
    return;
  }
  await checkProxy(session);
}

/**
 * A turn that ended for want of a session or a proxy says so in the banner as well.
 * @param {Session} session
 * @param {{ stop_reason: string, error?: { code: string, message: string, status?: number } }} end
 */
export function proxyAfterTurn(session, { stop_reason: reason, error }) {
  const { proxy } = session.state;
  if (reason !== 'error') {
    if (proxy.state === 'unreachable') void checkProxy(session);
    return;
  }
  if (error?.code === 'ENET' || error?.status === 401 || error?.code === 'EACCES') void checkProxy(session);
}

/**
 * The sentence that stands near the composer while no model is connected; '' when one is.
 * @param {import('./session.js').State} state
 */
export function modelNote({ proxy, keys }) {
  const { provider } = proxy;
  if (!provider) return '';
  if (provider.byo && keys.includes(provider.id)) return '';
  const note = provider.note ?? '';
  if (provider.mode === 'offline') return withLead('Scripted demo – no model is connected.', note);
  if (provider.mode === 'scenario') return withLead('Replayed scenario – no model is connected.', note);
  if (provider.configured) return '';
  if (!provider.byo) return withLead('The proxy has no key for a model.', note);
  return withLead('The proxy has no key of its own. Add yours in the settings.', note);
}

/**
 * @param {string} lead
 * @param {string} note
 */
function withLead(lead, note) {
  const first = lead.slice(0, lead.search(/ – |\./)).toLowerCase();
  return note.toLowerCase().startsWith(first) ? note : `${lead} ${note}`.trim();
}

/**
 * The few words of the badge in the top bar.
 * @param {import('./session.js').State} state
 * @returns {{ text: string, tone: 'good' | 'warn' | 'bad' | 'calm' }}
 */
export function modelBadge(state) {
  const { proxy, keys, model, phase } = state;
  if (phase !== 'ready') return { text: phase === 'opening' ? 'Opening…' : 'Stopped', tone: 'calm' };
  if (proxy.state === 'checking') return { text: 'Connecting…', tone: 'calm' };
  if (proxy.state === 'unpaired') return { text: 'Not paired', tone: 'warn' };
  if (proxy.state === 'unreachable') return { text: 'Proxy unreachable', tone: 'bad' };
  const { provider } = proxy;
  if (!provider) return { text: 'No provider', tone: 'warn' };
  if (provider.byo && keys.includes(provider.id)) return { text: model || 'Your own key', tone: 'good' };
  if (provider.mode === 'offline') return { text: 'Scripted demo', tone: 'warn' };
  if (provider.mode === 'scenario') return { text: 'Scenario', tone: 'warn' };
  if (!provider.configured) return { text: 'No key', tone: 'warn' };
  return { text: model || 'Model connected', tone: 'good' };
}
