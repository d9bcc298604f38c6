/**
 * Umbra's client module: an agent runtime with a shadow workspace, in a worker of your page.
 * Nothing reaches real files before `commit()`.
 */

/** A failure with the name of its kind (`ENOENT`, `ECONFLICT`, …; `core/include/umbra.h` has the list). */
export class UmbraError extends Error {
  readonly code: string;
}

export interface OpenOptions {
  /** Name of the workspace (letters, digits, `.`, `_`, `-`; at most 64). Default `"default"`. */
  workspace?: string;
  /** `"opfs"` (default; falls back to memory with a notice where OPFS is missing) or `"memory"`. */
  storage?: 'opfs' | 'memory';
  /** Address of the demo-proxy. Default: the origin that the page came from. */
  proxy?: string;
  /** One-time pairing token of the proxy; needed once, the session is then kept in the vault. */
  pairingToken?: string;
  /** Model name sent to the provider. */
  model?: string;
  /** Where `worker.js` and `umbra.wasm` are. Default: beside this module. May be of another origin. */
  baseUrl?: string;
  /** Further options of the core (limits, system prompt, …), see docs/protocol.md. */
  core?: Record<string, unknown>;
}

/** What `open()` found. */
export interface Info {
  version: string;
  workspace: string;
  storage: 'opfs' | 'memory';
  /** Sentences a person should read (no OPFS, no vault, …); empty when all is well. */
  notices: string[];
  /** Where keys that a user brings are kept. */
  vault: 'indexeddb' | 'memory';
  /** Whether a proxy session is at hand. */
  paired: boolean;
  files: number;
  bytes: number;
  /** Milliseconds that opening the workspace took inside the worker. */
  openMs: number;
}

/** Where to import from: a folder handle, the files of an `<input webkitdirectory>` or a drop, or plain data. */
export type ImportSource =
  | FileSystemDirectoryHandle
  | Iterable<File>
  | Iterable<{ path: string; file: File }>
  | Iterable<{ path: string; data: Uint8Array; mode?: number; mtime?: number }>;

export interface ImportProgress {
  files: number;
  bytes: number;
  /** Known total of files, or 0 while the folder is still being listed. */
  totalFiles: number;
  path: string;
}

export interface ImportResult {
  files: number;
  bytes: number;
  /** What was left out and why (`.git` and `node_modules` by name, unreadable files, names that cannot be kept). */
  skipped: { path: string; reason: string }[];
}

export interface ImportOptions {
  onProgress?: (progress: ImportProgress) => void;
  signal?: AbortSignal;
  /** Folder and file names to leave out. Default `['.git', 'node_modules']`. */
  exclude?: string[];
  /** Import although there are uncommitted changes; they are lost. */
  discardChanges?: boolean;
}

/** What differs for one path; there is at most one change for a path, and directories are not listed. */
export interface Change {
  path: string;
  /** `mode`: nothing but the permission bits. A renamed file may be modified too. */
  kind: 'added' | 'modified' | 'deleted' | 'renamed' | 'mode';
  type: 'file' | 'symlink';
  /** The type before, where it is another one now. */
  oldType?: 'file' | 'symlink';
  /** The path before, of a renamed file. */
  from?: string;
  /** Of a renamed file, in percent: 100 is the same content, 0 is not known. */
  similarity?: number;
  /** Size and permission bits before (absent when added) and now (absent when deleted). */
  oldSize?: number;
  newSize?: number;
  oldMode?: number;
  newMode?: number;
}

/** A tree of files: what was imported or committed, what is now, or what a checkpoint keeps (its number). */
export type Tree = 'base' | 'head' | number;

/** Which trees are compared. Default: from `base` to `head`. */
export interface Between {
  from?: Tree;
  to?: Tree;
}

/**
 * A change by its path; or some hunks of it, by their `index` and the `id` of the diff that they were chosen from.
 * Hunks can be taken of modified and renamed text files; others are taken as a whole. A diff that is outdated by
 * then is refused (`ECONFLICT`). Of a renamed file, no hunks (`[]`) is the new name alone.
 */
export type Selection = string | { path: string; hunks?: number[]; id?: string };

/** The line differences of one change. Lines begin with ' ', '-', '+' or '\\' ("\ No newline at end of file"). */
export interface FileDiff {
  path: string;
  /** Of both contents: the same id, the same hunks. */
  id: string;
  binary: boolean;
  /** True when the file is over the limit for diffs: no hunks then. */
  tooLarge: boolean;
  added: number;
  removed: number;
  hunks: {
    /** From 1. */
    index: number;
    oldStart: number;
    oldLines: number;
    newStart: number;
    newLines: number;
    lines: string[];
  }[];
}

export interface CommitResult {
  committed: string[];
  /** Files whose real version is not what was imported, or whose hunks are outdated; they were left alone. */
  conflicts: { path: string; reason: string }[];
  /** Files that could not be written; they were left alone. */
  failed: { path: string; reason: string }[];
}

export interface TurnResult {
  /** `end_turn`, `max_tokens`, `refusal`, `cancelled`, `turn_limit` or `error`. */
  stopReason: string;
  /** The text of the last assistant message. */
  text: string;
  /** Present when `stopReason` is `error`. */
  error?: { code: string; message: string; status?: number; retryAfterMs?: number };
}

export interface ToolResult {
  content: string;
  isError: boolean;
}

/** Events, in the order in which they happen. Those marked * are kept in the session and replayed by `history()`. */
export type UmbraEvent =
  | { type: 'user'; seq: number; time: number; text: string } /* * */
  | { type: 'text_delta'; index: number; text: string }
  | {
      type: 'partial' /* * only in history(): a further piece of an answer that is coming; its `assistant` replaces it */;
      seq: number;
      time: number;
      text: string;
    }
  | { type: 'tool_input'; index: number; id: string; name: string; bytes: number }
  | {
      type: 'assistant' /* * a whole message; replaces the deltas before it */;
      seq: number;
      time: number;
      content: (
        | { type: 'text'; text: string }
        | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> }
      )[];
      stop_reason: string;
      usage?: { input_tokens: number; output_tokens: number };
    }
  | { type: 'permission_request'; id: string; tool: string; input: Record<string, unknown>; summary: string }
  | { type: 'permission'; seq: number; id: string; tool: string; decision: Decision; reason?: string } /* * */
  | { type: 'tool_start'; id: string; name: string }
  | {
      type: 'tool_result';
      seq: number;
      time: number;
      id: string;
      name: string;
      content: string;
      is_error: boolean;
    } /* * */
  | { type: 'turn_end'; seq: number; time: number; stop_reason: string; error?: TurnResult['error'] } /* * */
  | { type: 'changes'; count: number } /* the workspace differs from its base in so many paths now */
  | { type: 'import_progress'; files: number; bytes: number; totalFiles: number; path: string }
  | { type: 'notice'; level: 'info' | 'warning' | 'error'; message: string }
  | {
      type: 'crashed';
      message: string;
    }; /* the worker died; `reopen()` or a new `open()` continues from the last durable state */

export type Decision = 'allow' | 'allow_session' | 'deny';

export class Umbra {
  /** Starts the worker and opens the workspace. Rejects with `EBUSY` when another tab holds it. */
  static open(options?: OpenOptions): Promise<Umbra>;

  readonly info: Info;

  /** Listens to events; `'*'` for all. Returns the function that stops listening. */
  on<T extends UmbraEvent['type']>(
    type: T,
    listener: (event: Extract<UmbraEvent, { type: T }>) => void,
  ): () => void;
  on(type: '*', listener: (event: UmbraEvent) => void): () => void;

  importFolder(source: ImportSource, options?: ImportOptions): Promise<ImportResult>;

  /** Sends a prompt; resolves when the agent's turn is over. Rejects with `EBUSY` while one is running. */
  send(text: string): Promise<TurnResult>;
  /** Stops the running turn, if any; what it did so far stays. */
  cancel(): Promise<void>;
  /** Answers a `permission_request`. */
  decide(id: string, decision: Decision, reason?: string): Promise<void>;
  /** The session's kept events (marked * above), oldest first. */
  history(): Promise<UmbraEvent[]>;
  /** Begins a new conversation; the old one stays in the log. The workspace is not touched. */
  newSession(): Promise<void>;

  /** Runs one tool directly, without a model and without asking. */
  tool(name: string, input: Record<string, unknown>): Promise<ToolResult>;
  /** Names, descriptions and JSON schemas of the tools. */
  tools(): Promise<{ name: string; description: string; input_schema: object; writes: boolean }[]>;

  /** What differs between two trees, in the order of paths. */
  changes(between?: Between): Promise<Change[]>;
  diff(path: string, between?: Between): Promise<FileDiff>;
  /** The named changes (default: all) as a patch for `git apply` or `patch -p1`: bytes, for files have their own encodings. */
  patch(paths?: string[], between?: Between): Promise<Uint8Array>;
  /** Bytes of a file in a tree (default: `head`), or what a commit of these hunks would write. */
  readFile(path: string, version?: Tree | { hunks: number[]; id: string }): Promise<Uint8Array>;
  /** Writes the chosen changes (default: all) to the real folder. Call it from a click: the browser may ask. */
  commit(selection?: Selection[], options?: { target?: FileSystemDirectoryHandle }): Promise<CommitResult>;
  /** Whether this browser can write the imported folder. When not, offer `zip()`. */
  canCommit(): Promise<boolean>;
  /** The chosen changes (default: all) as a ZIP; deleted paths are listed in `DELETED.txt` inside. */
  zip(selection?: Selection[]): Promise<Blob>;
  /** Puts the chosen changes (default: all) back to what was imported. */
  discard(selection?: Selection[]): Promise<void>;

  /** Pairs with the proxy anew. */
  pair(token: string): Promise<void>;
  /** The proxy's providers: id, mode (`key`, `offline`, `scenario`), a sentence for the user. */
  providers(): Promise<{ id: string; mode: string; configured: boolean; byo: boolean; note: string }[]>;

  /** Keeps a provider key that the user brings, encrypted under a non-extractable key. */
  setKey(provider: 'anthropic', key: string): Promise<void>;
  forgetKey(provider: 'anthropic'): Promise<void>;
  /** For which providers a key is kept; never the keys. */
  keys(): Promise<string[]>;

  /** Opens the workspace again in a fresh worker after `crashed` (or at any time). */
  reopen(): Promise<void>;
  /** Flushes, closes and ends the worker. */
  close(): Promise<void>;
  /** The worker, for tests that kill it. */
  readonly worker: Worker;
}
