/**
 * xterm.js on a page whose policy allows no inline styles. What it writes into its style elements goes into constructed
 * style sheets, and its style attributes through the object model: neither is inline to the Content Security Policy
 * (CSP Level 3, section 6.1.13, and CSSOM, section 4.9), and a script may do both anyway.
 */

/** @param {string} name @returns {any} */
const createElement = (name) => Document.prototype.createElement.call(document, name);

/** In the place of a style element: what is written into it is a style sheet of the document's. */
function styleSheet() {
  const element = createElement('template');
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, 'textContent', {
    set(text) {
      sheet.replaceSync(text);
    },
  });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}

/** Opens a terminal: that is when it makes its style elements. @param {() => void} open */
export function withStyleSheets(open) {
  Object.defineProperty(document, 'createElement', {
    value: (/** @type {string} */ name) => (name === 'style' ? styleSheet() : createElement(name)),
    configurable: true,
  });
  try {
    open();
  } finally {
    Reflect.deleteProperty(document, 'createElement');
  }
}

/** For the cells with exact colours: they are spans with style attributes. */
export function setSpanStylesByObject() {
  HTMLSpanElement.prototype.setAttribute = function (name, value) {
    if (name === 'style') this.style.cssText = value;
    else Element.prototype.setAttribute.call(this, name, value);
  };
}
