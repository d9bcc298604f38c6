/**
 * Umbra's client module: an agent runtime with a shadow workspace, in a worker of your page.
 * Nothing reaches real files before `commit()`.
 */

/** A failure with the name of its kind (`ENOENT`, `ECONFLICT`, …; `core/include/umbra.h` has the list). */
export class UmbraError extends Error {
  readonly code: string;
  /** With `EBUSY` of `open()` and `deleteWorkspace()`: who has it, when it answered; since when, in ms since 1970. */
  readonly holder?: { since: number };
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
  /**
   * Take the workspace from another tab or worker that has it. It ends what runs, saves, closes and gets `closed`; one
   * that does not answer is overridden, unless the browser keeps its files open: then `EBUSY`. Default false.
   */
  takeOver?: boolean;
  /** How long another holder is waited for: to answer, to let go, and for its files; in ms. Default 3000. */
  lockWaitMs?: number;
  /** Ask the browser to keep the storage, once a visit, after the first import or prompt. Default true. */
  persist?: boolean;
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
  /** Of the workspace; kept up to date by imports. */
  files: number;
  bytes: number;
  /** Names that an import leaves out unless it is told others. */
  exclude: string[];
  /** Milliseconds that opening the workspace took inside the worker. */
  openMs: number;
  /** Whether the browser has promised not to delete the workspace by itself. Moves with `persist()`. */
  persisted: boolean;
}

/** A workspace of this browser. */
export interface Workspace {
  name: string;
  /** Bytes on the disk. */
  bytes: number;
  /** When it was last written to, in ms since 1970. */
  lastUsed?: number;
  /** Whether a tab or worker has it open. */
  open: boolean;
}

export interface DeleteOptions {
  /** Take it over first from whoever has it open; that one gets `closed` with the reason `deleted`. */
  force?: boolean;
  /** As in `OpenOptions`. */
  lockWaitMs?: number;
}

/** Bytes of this origin (0 where the browser does not say) and of this workspace. */
export interface StorageUse {
  usage: number;
  quota: number;
  persisted: boolean;
  files: number;
  /** Bytes of the files, and of the image that holds them with their history. */
  bytes: number;
  imageBytes: number;
  /** WebAssembly memory of the core. */
  memoryBytes: number;
}

/** Where to import from: a folder handle, the files of an `<input webkitdirectory>` or a drop, or plain data. */
export type ImportSource =
  | FileSystemDirectoryHandle
  | Iterable<File>
  | Iterable<{ path: string; file: File }>
  | Iterable<{ path: string; data: Uint8Array; mode?: number; mtime?: number }>;

export interface ImportProgress {
  /** Files that were taken in so far, and their bytes. */
  files: number;
  bytes: number;
  /** How many are to be read, or 0 while the folder is still being listed. */
  totalFiles: number;
  /** Files that were found, without those that are left out, and how many of them are as they were imported. */
  scanned: number;
  unchanged: number;
  path: string;
  /** Of an archive: bytes of it that were read, and of how many; else 0. */
  read: number;
  size: number;
}

export interface ImportResult {
  /** Files that were taken in, and their bytes. */
  files: number;
  bytes: number;
  /** Whether it brought the workspace up to date, instead of replacing what was in it. */
  refreshed: boolean;
  /** Of a refresh: files that are as they were imported (nearly all of them without being read), … */
  unchanged: number;
  /** … files that are gone from the folder or are left out now, … */
  removed: number;
  /** … and paths that were changed both here and in the folder: what is here was kept. */
  conflicts: { path: string; reason: string }[];
  /** What was left out and why: by name, by a rule of a `.gitignore`, or because it cannot be read or kept. */
  skipped: { path: string; reason: string; by?: 'name' | 'gitignore' }[];
}

export interface ImportOptions {
  onProgress?: (progress: ImportProgress) => void;
  signal?: AbortSignal;
  /** Names of folders and files to leave out, wherever they are. Default `['.git', 'node_modules']`; `[]` for none. */
  exclude?: string[];
  /** Honour the `.gitignore` files of the folder. Default true. Plain data are taken as they are. */
  gitignore?: boolean;
  /**
   * Bring the workspace up to date with the source: only what changed is read, and what was changed here is kept.
   * Default: true when the source is the folder handle that the workspace was imported from. Files that the source
   * does not have any more are removed; plain data say nothing about other paths.
   */
  refresh?: boolean;
  /** Import anew although there are uncommitted changes; they are lost. */
  discardChanges?: boolean;
}

export interface ShellOptions {
  /** Its environment; nothing else is in it. */
  env?: Record<string, string>;
  /** Working directory, default `/workspace` (the project). `/tmp` is there too and belongs to no changeset. */
  cwd?: string;
  /** Files that are written first, by path: their text, or with permissions. */
  files?: Record<string, string | { text: string; mode?: number }>;
  /** Positional parameters; for `openShell` what would follow `bash` on a command line. */
  args?: string[];
}

export interface ExecOptions extends ShellOptions {
  stdin?: string | Uint8Array;
  /** Ends the command: its processes are killed, and `exec` fails with `ECANCELLED`. */
  signal?: AbortSignal;
  /** Milliseconds after which the command is killed; `exec` fails with `ELIMIT`. Default none. */
  timeoutMs?: number;
  /** Bytes that it may write in all before it is killed (`ELIMIT`). Default 64 MiB. */
  maxOutput?: number;
  /** How stdout and stderr are read (a label of `TextDecoder`), or `"bytes"` for `Uint8Array`. Default `"utf-8"`. */
  encoding?: string;
}

export interface ExecResult<Text = string> {
  stdout: Text;
  stderr: Text;
  /** 128 and the signal's number when a signal ended it. */
  exitCode: number;
}

export interface OpenShellOptions extends ShellOptions {
  /** A terminal of this size: the shell is interactive when `args` name no script. */
  terminal?: { columns: number; rows: number };
}

/** A shell that goes on until it exits; what it left in the background ends with it. */
export interface Shell {
  readonly number: number;
  /** Bytes or text for it; closing it is the end of its input. What is typed, for a terminal. */
  readonly stdin: WritableStream<Uint8Array | string>;
  /** A reader that does not read holds the shell back; of a terminal this is all that it shows. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** Null for a terminal. */
  readonly stderr: ReadableStream<Uint8Array> | null;
  readonly exited: Promise<number>;
  /** Signals all of its processes. Default `"TERM"`. */
  kill(signal?: string): Promise<void>;
  /** Of a terminal. */
  resize(columns: number, rows: number): void;
}

export interface ArchiveOptions {
  onProgress?: (progress: ImportProgress) => void;
  signal?: AbortSignal;
  /** Names of folders and files to leave out, wherever they are. Default none: an archive is taken whole. */
  exclude?: string[];
  /** Import although there are uncommitted changes; they are lost. */
  discardChanges?: boolean;
  /**
   * Take the files over what is there, as changes to be reviewed, instead of making them the whole new workspace. What
   * the archive does not have stays. What there was is kept as a checkpoint first. Default false.
   */
  asChanges?: boolean;
}

export interface ExportOptions {
  /** `"tar"` (default; pax format) or `"zip"`. */
  format?: 'tar' | 'zip';
  /** Default `"head"`: what is now, uncommitted changes included. */
  tree?: Tree;
  signal?: AbortSignal;
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
  /** Its number, for `undoCommit()`; 0 when there was nothing to write. */
  commit: number;
  committed: string[];
  /** Files whose real version is not what was imported, or whose hunks are outdated; they were left alone. */
  conflicts: { path: string; reason: string }[];
  /** Files that could not be written; they were left alone. */
  failed: { path: string; reason: string }[];
}

export interface UndoResult {
  commit: number;
  /** Files that are as before the commit again. */
  undone: string[];
  /** Files that are not what the commit wrote; they were left alone. */
  conflicts: { path: string; reason: string }[];
  failed: { path: string; reason: string }[];
}

/** A commit of which is kept what undoing it needs, with the number of files in each state. */
export interface Commit {
  commit: number;
  /** When, in ms since 1970. */
  time: number;
  /** The checkpoint of what was committed. */
  head: number;
  files: number;
  done: number;
  /** Not written: a conflict or a failure. */
  left: number;
  undone: number;
  /** Of a commit that was cut off: whether they were written is found out when it is undone. */
  unknown: number;
  /** With `commits(number)` only. */
  steps?: {
    path: string;
    kind: Change['kind'];
    from?: string;
    hunks?: number[];
    state: 'done' | 'left' | 'undone' | 'unknown';
  }[];
}

/** The workspace as it was at some time. Automatic ones, before each tool call that writes, go when there are too many. */
export interface Checkpoint {
  checkpoint: number;
  /** When, in ms since 1970. */
  time: number;
  name: string;
  automatic: boolean;
  files: number;
  bytes: number;
  /** The commit that it belongs to; dropping it, that commit cannot be undone any more. */
  commit?: number;
}

export interface CheckResult {
  /** A sentence for each problem that was found (at most 1,000); empty when all is well. */
  problems: string[];
  /** How many there are. */
  count: number;
  imageBytes: number;
  liveBytes: number;
  freeBytes: number;
  checkpoints: number;
  chunks: number;
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
      type: 'tool_output' /* what a command line printed since the last such event; at most ten a second */;
      id: string;
      text: string;
      /** So many bytes before the text were left out. */
      skipped?: number;
    }
  | {
      type: 'tool_result';
      seq: number;
      time: number;
      id: string;
      name: string;
      content: string;
      is_error: boolean;
      /** Of a call that writes (of Bash: that wrote): the workspace before it, as far as it is kept. */
      checkpoint?: number;
    } /* * */
  | { type: 'turn_end'; seq: number; time: number; stop_reason: string; error?: TurnResult['error'] } /* * */
  | { type: 'changes'; count: number } /* the workspace differs from its base in so many paths now */
  | ({ type: 'import_progress' } & ImportProgress)
  | { type: 'notice'; level: 'info' | 'warning' | 'error'; message: string }
  | { type: 'persisted'; persisted: boolean } /* what the browser answered to `persist()` */
  | {
      type: 'closed' /* another took the workspace: what ran was ended, all is saved; `reopen({takeOver: true})` takes it back */;
      reason: 'taken_over' | 'deleted';
    }
  | {
      type: 'crashed';
      message: string;
    }; /* the worker died; `reopen()` or a new `open()` continues from the last durable state */

export type Decision = 'allow' | 'allow_session' | 'deny';

export class Umbra {
  /** Starts the worker and opens the workspace. Rejects with `EBUSY` when another tab or worker holds it. */
  static open(options?: OpenOptions): Promise<Umbra>;
  /** The workspaces of this browser, by name. None where they are in memory. */
  static workspaces(): Promise<Workspace[]>;
  /**
   * Deletes a workspace for good, also when it is interrupted: it is gone at once, and the next start frees what is
   * left. Rejects with `EBUSY` when it is open somewhere, with `ENOENT` when there is none.
   */
  static deleteWorkspace(name: string, options?: DeleteOptions): Promise<void>;

  readonly info: Info;

  /** Listens to events; `'*'` for all. Returns the function that stops listening. */
  on<T extends UmbraEvent['type']>(
    type: T,
    listener: (event: Extract<UmbraEvent, { type: T }>) => void,
  ): () => void;
  on(type: '*', listener: (event: UmbraEvent) => void): () => void;

  /**
   * Imports a folder, or brings the workspace up to date with it: see `ImportOptions.refresh`. All of it or nothing:
   * after a failure or a cancel the workspace is as it was.
   */
  importFolder(source: ImportSource, options?: ImportOptions): Promise<ImportResult>;
  /**
   * Imports a tar, tar.gz or ZIP (its bytes say which) as the new workspace, or over it as changes: files, folders,
   * symbolic links, their modes and times. All of it or nothing. What leads out of the workspace (names with `..`, ways
   * through links), what a workspace cannot have (devices, …) and what cannot be read (encrypted or sparse files) is
   * left out and in `skipped`; a slash at the beginning of a name counts for nothing.
   */
  importArchive(archive: Blob, options?: ArchiveOptions): Promise<ImportResult>;
  /**
   * A tree of the workspace as an archive, with modes, times (in a ZIP: to the second), symbolic links and empty folders.
   * It is as the tree was when this was called, whatever is done meanwhile. A ZIP holds at most 65,535 files and
   * folders, 4 GiB, and names in UTF-8 (`ELIMIT`, `EINVAL`); a tar has no such limits. One export at a time (`EBUSY`).
   */
  exportWorkspace(options?: ExportOptions): Promise<Blob>;
  /** The folder that the workspace was imported from, when it is at hand: `importFolder(umbra.folder)` updates. */
  readonly folder: FileSystemDirectoryHandle | null;

  /** Sends a prompt; resolves when the agent's turn is over. Rejects with `EBUSY` while one is running. */
  send(text: string): Promise<TurnResult>;
  /** Stops the running turn, if any, and command lines begun with `tool('Bash', …)`; what they did so far stays. */
  cancel(): Promise<void>;
  /** Answers a `permission_request`. */
  decide(id: string, decision: Decision, reason?: string): Promise<void>;
  /** The session's kept events (marked * above), oldest first. */
  history(): Promise<UmbraEvent[]>;
  /** Begins a new conversation; the old one stays in the log. The workspace is not touched. */
  newSession(): Promise<void>;

  /**
   * Runs one tool directly, without a model and without asking. With an `id`, `tool_output` events with it tell what
   * a command line prints while it runs. `Bash` rejects with `EBUSY` while a turn or something else is running.
   */
  tool(name: string, input: Record<string, unknown>, options?: { id?: string }): Promise<ToolResult>;
  /**
   * Runs a command line in a fresh bash on the workspace and collects what it writes. The files stay; directory,
   * variables and functions do not: `openShell` has a shell that goes on.
   */
  exec(command: string, options: ExecOptions & { encoding: 'bytes' }): Promise<ExecResult<Uint8Array>>;
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  openShell(options?: OpenShellOptions): Promise<Shell>;

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
  /** The commits that can be undone, the newest first (`limits.max_commits`); with a number one of them, with its files. */
  commits(commit?: number): Promise<Commit[]>;
  /**
   * Puts the real folder's files back to what they were before a commit: the last one that is not undone, unless a number
   * is given. What was changed since is left alone. The workspace keeps the changes. Call it from a click.
   */
  undoCommit(commit?: number, options?: { target?: FileSystemDirectoryHandle }): Promise<UndoResult>;
  /** Whether this browser can write the imported folder. When not, offer `zip()`. */
  canCommit(): Promise<boolean>;
  /** The chosen changes (default: all) as a ZIP; deleted paths are listed in `DELETED.txt` inside. */
  zip(selection?: Selection[]): Promise<Blob>;
  /** Puts the chosen changes (default: all) back to what was imported. */
  discard(selection?: Selection[]): Promise<void>;

  /** What of the workspace is kept, the oldest first. */
  checkpoints(): Promise<Checkpoint[]>;
  /** Keeps the workspace as it is under a name (at most 100 bytes of it), until it is dropped. Its number. */
  checkpoint(name: string): Promise<number>;
  /** The workspace becomes what it was then; `rewind(undo)` takes that back. Not while a turn runs (`EBUSY`). */
  rewind(checkpoint: number): Promise<{ undo: number }>;
  /** Keeps it no longer; what only it had is free space then. */
  dropCheckpoint(checkpoint: number): Promise<void>;
  /** Reads and checks all that is stored; takes as long as that. Nothing is changed. */
  check(): Promise<CheckResult>;

  /** Pairs with the proxy anew. */
  pair(token: string): Promise<void>;
  /** The proxy's providers: id, mode (`key`, `offline`, `scenario`), a sentence for the user. */
  providers(): Promise<{ id: string; mode: string; configured: boolean; byo: boolean; note: string }[]>;

  /** Keeps a provider key that the user brings, encrypted under a non-extractable key. */
  setKey(provider: 'anthropic', key: string): Promise<void>;
  forgetKey(provider: 'anthropic'): Promise<void>;
  /** For which providers a key is kept; never the keys. */
  keys(): Promise<string[]>;

  /** Asks the browser to keep the storage; the answer is in `info.persisted` too. Firefox asks the user. */
  persist(): Promise<boolean>;
  /** How much storage is used, and of how much. */
  storage(): Promise<StorageUse>;

  /** Opens the workspace again in a fresh worker, after `crashed`, `closed` or at any time. */
  reopen(options?: { takeOver?: boolean }): Promise<void>;
  /** Flushes, closes and ends the worker. */
  close(): Promise<void>;
  /** The worker, for tests that kill it. */
  readonly worker: Worker;
}
