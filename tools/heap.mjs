// Reads the memory of a Worker's own isolate in workerd, through the inspector's protocol.
//
// workerd's process holds more than the Worker: the router before it, Miniflare's queue and database.
// Its resident memory is therefore no measure of what Cloudflare counts against the 128 MB of an
// isolate. https://chromedevtools.github.io/devtools-protocol/tot/Runtime/

import { openInspector } from "./inspector.mjs";

/**
 * Opens the inspector of the Worker of this name → { read, close }. `read()` collects garbage, and
 * returns what is left, in bytes: { v8, wasm }. Miniflare must have been started with an
 * `inspectorPort`, and the Worker must have answered a request.
 */
export async function openHeap(miniflare, name) {
  const url = new URL(`/core:user:${name}`, await miniflare.getInspectorURL());
  const { call, on, close } = await openInspector(url);
  let contextId;
  on("Runtime.executionContextCreated", ({ context }) => {
    contextId = context.id;
  });
  // tells the context, which workerd does not make the default
  await call("Runtime.enable");
  return {
    async read() {
      const objectGroup = "heap";
      const { result: prototype } = await call("Runtime.evaluate", {
        expression: "WebAssembly.Memory.prototype",
        contextId,
        objectGroup,
      });
      // collects garbage, and finds every memory that is left
      const { objects } = await call("Runtime.queryObjects", {
        prototypeObjectId: prototype.objectId,
        objectGroup,
      });
      const { result: wasm } = await call("Runtime.callFunctionOn", {
        functionDeclaration:
          "function () { return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0); }",
        objectId: objects.objectId,
        returnByValue: true,
      });
      const { usedSize } = await call("Runtime.getHeapUsage");
      await call("Runtime.releaseObjectGroup", { objectGroup });
      return { v8: usedSize, wasm: wasm.value };
    },
    close,
  };
}
