// The loop of a thread: plans each block that it gets and answers in the same order.

import { apiOf } from "./api.js";
import * as wasm from "./wasm/kochava_edge.js";

/**
 * Plans blocks until the thread is ended.
 *
 * @param {{ module: WebAssembly.Module, settings: string }} data what the thread was started with
 * @param {(message: object, transfer?: ArrayBuffer[]) => void} post answers
 * @param {(mapper: import("./index.d.ts").Mapper, block: import("./bulk.js").Block) =>
 *   import("./bulk.js").Block} planBlock
 * @returns {(block: import("./bulk.js").Block) => void} to be called with each block
 */
export function serve({ module, settings }, post, planBlock) {
  const { memory } = wasm.initSync({ module });
  const { Mapper } = apiOf(wasm, memory);
  const mapper = new Mapper(JSON.parse(settings));
  post({ isReady: true });
  return (block) => {
    const { bytes } = block;
    try {
      const answer = planBlock(mapper, block);
      post({ answer, bytes }, [answer.bytes.buffer, bytes.buffer]);
    } catch ({ name, code, message }) {
      post({ error: { name, code, message } });
    }
  };
}
