// What the tests of bad clients share: raw sockets, and a look at what the proxy still holds.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { call, until } from './support.mjs';

/** @typedef {import('./support.mjs').Proxy} Proxy */

/**
 * Sends the text (Latin-1) and gives what came until the proxy closed the connection, or until `quiet` ms after the
 * last byte; `closed` says which. Before the first byte it waits for `patience` ms.
 * @param {{ port: number }} proxy
 * @param {string | Buffer} text
 * @returns {Promise<{ text: string, closed: boolean }>}
 */
export function talk(proxy, text, quiet = 400, patience = 8000) {
  return new Promise((resolve) => {
    let got = '';
    const socket = net.connect(proxy.port, '127.0.0.1');
    const leave = () => {
      socket.destroy();
      resolve({ text: got, closed: false });
    };
    let timer = setTimeout(leave, patience);
    socket.on('data', (data) => {
      got += data.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(leave, quiet);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ text: got, closed: true });
    });
    socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  });
}

/** A connection that is open and says nothing more. @param {{ port: number }} proxy @param {string} [text] */
export async function connect(proxy, text = '') {
  const socket = net.connect(proxy.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (text) socket.write(text);
  return socket;
}

/** The open descriptors of the proxy; NaN where they cannot be looked at (its memory is closed, and we are not root). @param {Proxy} proxy */
export function descriptors(proxy) {
  try {
    return readdirSync(`/proc/${proxy.child.pid}/fd`).length;
  } catch {
    return NaN;
  }
}

/** It serves, and holds no more descriptors than before. @param {Proxy} proxy @param {number} before */
export async function isCalm(proxy, before) {
  assert.equal((await call(proxy, { path: '/healthz' })).json?.version?.length > 0, true);
  if (Number.isNaN(before)) return;
  await until(() => descriptors(proxy) <= before, 8000, `that no more than ${before} descriptors are open`);
}

/** Numbers that look random and are the same each time. @param {number} seed */
export function numbers(seed) {
  let state = seed >>> 0;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
