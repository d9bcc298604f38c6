/** The way the peers store workspaces: each file a file of its own in OPFS. A worker, as ours is one. */
self.onmessage = async ({ data: { files, size } }) => {
  const top = await navigator.storage.getDirectory();
  const folder = await top.getDirectoryHandle('file-per-file', { create: true });
  const bytes = new Uint8Array(size).fill(97);
  const folders = new Map();
  const started = performance.now();
  for (let i = 0; i < files; i++) {
    const name = `d${i % 100}`;
    if (!folders.has(name)) folders.set(name, await folder.getDirectoryHandle(name, { create: true }));
    const file = await folders.get(name).getFileHandle(`file${i}.txt`, { create: true });
    const handle = await file.createSyncAccessHandle();
    handle.write(bytes, { at: 0 });
    handle.close();
  }
  const milliseconds = performance.now() - started;
  await top.removeEntry('file-per-file', { recursive: true });
  self.postMessage(milliseconds);
};
