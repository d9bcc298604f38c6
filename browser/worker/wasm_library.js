/* wasm_library.js: an Emscripten library. Each function hands its arguments to Module.umbraHost (worker/core.js)
 * as plain JavaScript values; memory is passed as a view that is valid during the call only. Function expressions,
 * because older Emscriptens cannot print arrow functions from a library. */
mergeInto(LibraryManager.library, {
  $umbraText: function (pointer, length) {
    return new TextDecoder().decode(HEAPU8.subarray(pointer, pointer + length));
  },
  $umbraString__deps: ['$umbraText'],
  $umbraString: function (pointer) {
    return pointer ? umbraText(pointer, HEAPU8.indexOf(0, pointer) - pointer) : null;
  },
  // A view by its constructor takes half the time of subarray(), which looks for a species.
  $umbraBytes: function (pointer, size) {
    return new Uint8Array(HEAPU8.buffer, pointer, size);
  },

  umbra_js_block_open__deps: ['$umbraString'],
  umbra_js_block_open: function (name) {
    return Module['umbraHost'].blockOpen(umbraString(name));
  },
  umbra_js_block_close: function (handle) {
    Module['umbraHost'].blockClose(handle);
  },
  umbra_js_block_size: function (handle) {
    return Module['umbraHost'].blockSize(handle);
  },
  umbra_js_block_read__deps: ['$umbraBytes'],
  umbra_js_block_read: function (handle, data, size, offset) {
    return Module['umbraHost'].blockRead(handle, umbraBytes(data, size), offset);
  },
  umbra_js_block_write__deps: ['$umbraBytes'],
  umbra_js_block_write: function (handle, data, size, offset) {
    return Module['umbraHost'].blockWrite(handle, umbraBytes(data, size), offset);
  },
  umbra_js_block_truncate: function (handle, size) {
    return Module['umbraHost'].blockTruncate(handle, size);
  },
  umbra_js_block_flush: function (handle) {
    return Module['umbraHost'].blockFlush(handle);
  },
  umbra_js_clock_wall: function () {
    return Date.now();
  },
  umbra_js_clock_monotonic: function () {
    return performance.now() * 1000;
  },
  umbra_js_random__deps: ['$umbraBytes'],
  umbra_js_random: function (data, size) {
    crypto.getRandomValues(umbraBytes(data, size));
  },
  umbra_js_fetch_start__deps: ['$umbraString', '$umbraBytes'],
  umbra_js_fetch_start: function (id, method, url, headers, credential, body, size) {
    return Module['umbraHost'].fetchStart(id >>> 0, {
      method: umbraString(method),
      url: umbraString(url),
      headers: umbraString(headers),
      credential: umbraString(credential),
      body: umbraBytes(body, size).slice(),
    });
  },
  umbra_js_fetch_cancel: function (id) {
    Module['umbraHost'].fetchCancel(id >>> 0);
  },
  umbra_js_stream_write__deps: ['$umbraBytes'],
  umbra_js_stream_write: function (stream, data, size) {
    return Module['umbraHost'].streamWrite(stream >>> 0, umbraBytes(data, size));
  },
  umbra_js_stream_read: function (stream) {
    Module['umbraHost'].streamRead(stream >>> 0);
  },
  umbra_js_respond__deps: ['$umbraText', '$umbraBytes'],
  umbra_js_respond: function (id, json, length, blob, size) {
    Module['umbraHost'].respond(
      id >>> 0,
      umbraText(json, length),
      size ? umbraBytes(blob, size).slice() : null,
    );
  },
  umbra_js_emit__deps: ['$umbraText'],
  umbra_js_emit: function (json, length) {
    Module['umbraHost'].emit(umbraText(json, length));
  },
});
