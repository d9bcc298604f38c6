/** The loader that Emscripten makes; what it resolves to is `CoreModule` in core.js. */
export default function createUmbraCore(options: object): Promise<any>;
