/**
 * Text of a model → Markdown → sanitised HTML (a TrustedHTML where the browser has Trusted Types).
 * Two walls: marked is told to show raw HTML as text and pictures as their address; DOMPurify then lets through a
 * short list of elements and attributes only (no ids, classes, styles, forms, pictures or scripts).
 */
import createDOMPurify from 'dompurify';
import { Marked } from 'marked';

const TAGS = (
  'a p br hr em strong del code pre blockquote ul ol li ' + 'h1 h2 h3 h4 h5 h6 table thead tbody tr th td'
).split(' ');

/** @param {string} text */
function escape(text) {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const marked = new Marked({
  gfm: true,
  breaks: false,
  renderer: {
    html: ({ text }) => escape(text),
    image: ({ href, text }) =>
      `<em>[picture${text ? `: ${escape(text)}` : ''}]</em> <code>${escape(href)}</code>`,
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
});

const purify = createDOMPurify(window);
purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.nodeName !== 'A' || !node.hasAttribute('href')) return;
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer');
});

/**
 * Blocks that are drawn anew while text streams; the ones before them do not change any more. Two, since a paragraph
 * can still turn into a heading or a table by its next line.
 */
const OPEN_BLOCKS = 2;

/** @param {import('marked').Token} token one top-level block */
function renderBlock(token) {
  const html = marked.parser([token], marked.defaults);
  const clean = purify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ['href', 'title', 'start', 'align'],
    ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_TRUSTED_TYPE: true,
  });
  const block = document.createElement('div');
  block.className = 'block';
  block.dataset.type = token.type;
  block.innerHTML = /** @type {string} */ (/** @type {unknown} */ (clean)); // a TrustedHTML where there are such
  return block;
}

/** A message in an element, block by block, so that streaming costs what is new and not what is there. */
export class MarkdownView {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    /** @type {{ raw: string, block: HTMLElement }[]} */
    this.blocks = [];
    /** Closed blocks, and where their text ends. */
    this.closed = 0;
    this.offset = 0;
  }

  /**
   * @param {string} text the whole message so far
   * @param {boolean} streaming more will follow
   */
  update(text, streaming) {
    if (!streaming) this.closed = this.offset = 0;
    const lines = text.replace(/\r\n?/g, '\n'); // as marked counts them
    const tokens = marked.lexer(lines.slice(this.offset), marked.defaults);
    const shown = tokens.filter(({ type }) => type !== 'space' && type !== 'def');
    shown.forEach((token, index) => this.place(this.closed + index, token));
    for (const { block } of this.blocks.splice(this.closed + shown.length)) block.remove();
    if (streaming) this.close(tokens);
  }

  /**
   * @param {number} at
   * @param {import('marked').Token} token
   */
  place(at, token) {
    const before = this.blocks[at];
    if (before?.raw === token.raw && before.block.dataset.type === token.type) return;
    const block = renderBlock(token);
    if (before) before.block.replaceWith(block);
    else this.element.append(block);
    this.blocks[at] = { raw: token.raw, block };
  }

  /** @param {import('marked').Token[]} tokens */
  close(tokens) {
    let left = tokens.filter(({ type }) => type !== 'space' && type !== 'def').length;
    for (const token of tokens) {
      if (left <= OPEN_BLOCKS) return;
      this.offset += token.raw.length;
      if (token.type === 'space' || token.type === 'def') continue;
      this.closed += 1;
      left -= 1;
    }
  }
}
