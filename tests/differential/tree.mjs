/** A random script as a tree, so that it can be made smaller and stays what the grammar makes. */

/**
 * kind: 'statement' (a command, which ':' can stand for), 'list' (statements, some of which can go) or 'word' ('0' can
 * stand for it). What is neither is text.
 * @typedef {{ kind: 'statement' | 'list' | 'word', parts: (string | Node)[] }} Node
 */

/** @param {TemplateStringsArray} texts @param {(string | number | Node)[]} values */
function partsOf(texts, values) {
  /** @type {(string | Node)[]} */
  const parts = [texts[0]];
  values.forEach((value, index) =>
    parts.push(typeof value === 'number' ? String(value) : value, texts[index + 1]),
  );
  return parts.filter((part) => part !== '');
}

/** @param {TemplateStringsArray} texts @param {(string | number | Node)[]} values @returns {Node} */
export const statement = (texts, ...values) => ({ kind: 'statement', parts: partsOf(texts, values) });

/** @param {TemplateStringsArray} texts @param {(string | number | Node)[]} values @returns {Node} */
export const word = (texts, ...values) => ({ kind: 'word', parts: partsOf(texts, values) });

/** Statements, each on lines of its own. @param {Node[]} statements @returns {Node} */
export const list = (statements) => ({ kind: 'list', parts: statements });

/** @param {string | Node} node @returns {string} */
export function textOf(node) {
  if (typeof node === 'string') return node;
  return node.parts.map(textOf).join(node.kind === 'list' ? '\n' : '');
}

/** Whether it has a here-document, so that nothing can stand behind it on its line. @param {Node} node */
export const hasDocument = (node) => /<<-?['"]?E/.test(textOf(node));

/** Nodes of the same kind within a node. @param {Node} node @param {Node['kind']} kind @returns {Node[]} */
function inside(node, kind) {
  return node.parts.flatMap((part) =>
    typeof part === 'string' ? [] : part.kind === kind ? [part] : inside(part, kind),
  );
}

/** What a node may be replaced with: the smallest first. @param {Node} node @returns {(string | Node)[]} */
function replacements(node) {
  if (node.kind === 'list') return [];
  const plain = node.kind === 'word' ? '0' : ':';
  const own = textOf(node);
  return [plain, ...inside(node, node.kind)].filter((other) => textOf(other).length < own.length);
}

/** Every tree that is one step smaller. @param {Node} node @returns {Generator<Node>} */
function* smaller(node) {
  if (node.kind === 'list')
    for (let size = node.parts.length; size >= 1; size = Math.floor(size / 2))
      for (let from = 0; from < node.parts.length; from += size) {
        const parts = [...node.parts.slice(0, from), ...node.parts.slice(from + size)];
        yield { ...node, parts: parts.length ? parts : [':'] };
      }
  for (const [index, part] of node.parts.entries()) {
    if (typeof part === 'string') continue;
    for (const other of [...replacements(part), ...smaller(part)])
      yield { ...node, parts: node.parts.with(index, other) };
  }
}

/**
 * The smallest tree that is found for which `differs` holds.
 * @param {Node} tree
 * @param {(text: string) => Promise<boolean>} differs
 */
export async function shrink(tree, differs) {
  for (let steps = 0; steps < 400; steps++) {
    let found = null;
    for (const candidate of smaller(tree)) {
      if (textOf(candidate).length >= textOf(tree).length) continue;
      if (await differs(textOf(candidate))) {
        found = candidate;
        break;
      }
    }
    if (!found) return tree;
    tree = found;
  }
  return tree;
}
