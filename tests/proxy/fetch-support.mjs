// What the tests of the web fetch need around the proxy: a name server, a canary that nobody may connect to, and a
// proxy that is set up for them.
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterwards, call, pair, portOf, postTo, startProxy } from './support.mjs';

/**
 * @typedef {import('./support.mjs').Test} Test
 * @typedef {{ name?: string, type: 'A' | 'AAAA' | 'CNAME', data: string, ttl?: number }} DnsRecord
 * @typedef {{ name: string, type: string, count: number }} Question count: how often it was asked, this time included
 * @typedef {(question: Question) => DnsRecord[] | 'nxdomain' | 'servfail' | 'silence'} Zone
 */

/** Of records, so that the answer stays below 512 bytes. */
const LARGEST_UDP = 400;
const TYPES = /** @type {Record<string, number>} */ ({ A: 1, CNAME: 5, AAAA: 28 });

/** @param {string} name */
function packName(name) {
  const labels = name.split('.').filter(Boolean);
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);
}

/** The 16 bytes of an IPv6 address, an IPv4 address at its end included. @param {string} text */
function packV6(text) {
  const [head, tail] = text.split('::').map((half) =>
    half
      .split(':')
      .filter(Boolean)
      .flatMap((part) => {
        if (!part.includes('.')) return [parseInt(part, 16)];
        const [a, b, c, d] = part.split('.').map(Number);
        return [a * 256 + b, c * 256 + d];
      }),
  );
  const words = tail ? [...head, ...Array(8 - head.length - tail.length).fill(0), ...tail] : head;
  const bytes = Buffer.alloc(16);
  words.forEach((word, i) => bytes.writeUInt16BE(word, i * 2));
  return bytes;
}

/** @param {DnsRecord} record @param {string} asked */
function packRecord({ name, type, data, ttl = 60 }, asked) {
  const value =
    type === 'CNAME'
      ? packName(data)
      : type === 'A'
        ? Buffer.from(data.split('.').map(Number))
        : packV6(data);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(TYPES[type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(value.length, 8);
  return Buffer.concat([packName(name ?? asked), fixed, value]);
}

/**
 * Gives both the same free port of the loopback address.
 * @param {net.Server} stream
 * @param {dgram.Socket} socket
 */
async function bindBoth(stream, socket) {
  for (;;) {
    stream.listen(0, '127.0.0.1');
    await once(stream, 'listening');
    const port = portOf(stream);
    socket.bind(port, '127.0.0.1');
    try {
      await once(socket, 'listening');
      return port;
    } catch {
      stream.close(); // the port is taken over UDP
      await once(stream, 'close');
    }
  }
}

/**
 * A real name server that answers from a function: over UDP, and over TCP what is too long for that.
 * @param {Test} t
 * @param {Zone} zone
 */
export async function startDns(t, zone) {
  const socket = dgram.createSocket('udp4');
  const questions = /** @type {Question[]} */ ([]);
  /** @param {Buffer} message @param {boolean} whole whether the answer may be longer than over UDP */
  const reply = (message, whole) => {
    const labels = [];
    let at = 12;
    for (; message[at]; at += message[at] + 1)
      labels.push(message.toString('latin1', at + 1, at + 1 + message[at]));
    const code = message.readUInt16BE(at + 1);
    const name = labels.join('.');
    const type = Object.keys(TYPES).find((key) => TYPES[key] === code) ?? String(code);
    const count = questions.filter((q) => q.name === name && q.type === type).length + 1;
    questions.push({ name, type, count });
    const answer = zone({ name, type, count });
    if (answer === 'silence') return undefined;
    const records = Array.isArray(answer) ? answer.filter((r) => r.type === type || r.type === 'CNAME') : [];
    const packed = Buffer.concat(records.map((r) => packRecord(r, name)));
    const cut = !whole && packed.length > LARGEST_UDP;
    const head = Buffer.alloc(12);
    message.copy(head, 0, 0, 2);
    const status = answer === 'nxdomain' ? 3 : answer === 'servfail' ? 2 : 0;
    head.writeUInt16BE(0x8180 | (cut ? 0x0200 : 0) | status, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(cut ? 0 : records.length, 6);
    return Buffer.concat([head, message.subarray(12, at + 5), ...(cut ? [] : [packed])]);
  };
  socket.on('message', (message, from) => {
    const answer = reply(message, false);
    if (answer) socket.send(answer, from.port, from.address);
  });
  const stream = net.createServer((connection) => {
    connection.on('error', () => {});
    connection.once('data', (data) => {
      const answer = reply(data.subarray(2), true);
      if (!answer) return;
      const size = Buffer.alloc(2);
      size.writeUInt16BE(answer.length);
      connection.end(Buffer.concat([size, answer]));
    });
  });
  const port = await bindBoth(stream, socket);
  afterwards(t, () => {
    socket.close();
    stream.close();
  });
  return { questions, address: `127.0.0.1:${port}` };
}

/**
 * A listener on every address of this machine, for connections that must not come.
 * @param {Test} t
 */
export async function startCanary(t) {
  let touched = 0;
  const server = net.createServer((socket) => {
    touched++;
    socket.destroy();
  });
  server.listen(0, '::');
  await Promise.race([
    once(server, 'listening'),
    once(server, 'error').then(() => {
      server.listen(0, '0.0.0.0'); // a machine without IPv6
      return once(server, 'listening');
    }),
  ]);
  afterwards(t, () => server.close());
  return {
    port: portOf(server),
    get touched() {
      return touched;
    },
  };
}

/**
 * A proxy with a session, and the function that fetches through it.
 * @param {Test} t
 * @param {string[]} [args]
 * @param {Record<string, string>} [env]
 */
export async function startFetching(t, args = [], env = {}) {
  const proxy = await startProxy(t, ['--fetch-requests', '0', ...args], { env });
  const session = await pair(proxy);
  /** @param {string | Record<string, any>} what */
  const request = (what) => postTo('/v1/fetch', session, typeof what === 'string' ? { url: what } : what);
  /** @param {string | Record<string, any>} what */
  const get = (what) => call(proxy, request(what));
  return { proxy, session, request, get };
}
