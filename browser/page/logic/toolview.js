/** What a tool call looks like to a person: its icon, its main argument, and what it is about to write. */

/** @typedef {Record<string, unknown> | null} Input */
/** @typedef {{ kind: 'write' | 'command', text: string } | { kind: 'edit', before: string, after: string, all: boolean }} Preview */

/** @type {Record<string, import('../parts/Icon.jsx').IconName>} */
const ICONS = {
  Read: 'file',
  Write: 'filePlus',
  Edit: 'pencil',
  MultiEdit: 'pencil',
  ListDir: 'folder',
  Glob: 'search',
  Grep: 'search',
  Bash: 'terminal',
  BashOutput: 'terminal',
  KillShell: 'terminal',
};

/** @param {string} name */
export function toolIcon(name) {
  return ICONS[name] ?? 'wrench';
}

/**
 * @param {Input} input
 * @param {string[]} names
 */
function text(input, names) {
  for (const name of names) {
    const value = input?.[name];
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** @param {Input} input */
export function pathOf(input) {
  return text(input, ['path', 'file_path', 'file', 'dir', 'directory']);
}

/**
 * The argument that tells one call from another: a pattern and where, a command, a path.
 * @param {Input} input
 */
export function mainArgument(input) {
  const pattern = text(input, ['pattern', 'glob', 'query', 'regex']);
  const path = pathOf(input);
  if (pattern !== undefined) return path ? `${pattern} in ${path}` : pattern;
  const command = text(input, ['command', 'cmd']);
  if (command !== undefined) return command;
  if (path !== undefined) return path === '' ? '.' : path;
  const first = Object.values(input ?? {}).find((value) => typeof value === 'string');
  return typeof first === 'string' ? first : '';
}

/**
 * What the call would write or run, for the permission prompt; null when it is neither.
 * @param {string} name
 * @param {Input} input
 * @returns {Preview | null}
 */
export function previewOf(name, input) {
  const after = text(input, ['new_string', 'new_text', 'new', 'replacement']);
  const before = text(input, ['old_string', 'old_text', 'old']);
  if (before !== undefined && after !== undefined) {
    return { kind: 'edit', before, after, all: input?.replace_all === true };
  }
  const content = text(input, ['content', 'contents', 'text']);
  const command = text(input, ['command']);
  if (name === 'Bash' && command !== undefined) return { kind: 'command', text: command };
  if (name === 'Write' && content !== undefined) return { kind: 'write', text: content };
  return null;
}

/**
 * The last lines of a text.
 * @param {string} value
 * @param {number} lines
 */
export function tail(value, lines) {
  return value.replace(/\n$/, '').split('\n').slice(-lines).join('\n');
}

/**
 * The first lines of a text.
 * @param {string} value
 * @param {number} lines
 * @param {number} [characters]
 * @returns {{ shown: string, hidden: number }} `hidden`: lines that are left out
 */
export function head(value, lines, characters = lines * 400) {
  const all = value.split('\n');
  if (all.at(-1) === '' && all.length > 1) all.pop();
  if (all.length <= lines && value.length <= characters) return { shown: all.join('\n'), hidden: 0 };
  const shown = all.slice(0, lines).join('\n').slice(0, characters);
  return { shown, hidden: Math.max(1, all.length - shown.split('\n').length) };
}
