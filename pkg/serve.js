// The loop of a thread: plans each block that it gets and answers in the same order.

import { apiOf } from "./api.js";
import * as wasm from "./wasm/kochava_edge.js";

/**
 * Plans blocks until the thread is ended.
 *
 * @param {{ module: WebAssembly.Module, settings: string }} data what the thread was started with
 * @param {(message: object, transfer?: ArrayBuffer[]) => void} post answers
 * @param {(planOver: (block: import("./bulk.js").Block, context?: object, form?: number) =>
 *   import("./bulk.js").Block, block: import("./bulk.js").Block) => import("./bulk.js").Block} answerTo
 * @returns {(block: import("./bulk.js").Block) => void} to be called with each block
 */
export function serve({ module, settings }, post, answerTo) {
  const { memory } = wasm.initSync({ module });
  const { Mapper, planOver } = apiOf(wasm, memory);
  const mapper = new Mapper(JSON.parse(settings));
  const plan = (...words) => planOver(mapper, ...words);
  post({ isReady: true });
  return (block) => {
    try {
      const answer = answerTo(plan, block);
      post({ answer }, [answer.bytes.buffer]);
    } catch ({ name, code, message }) {
      post({ error: { name, code, message } });
    }
  };
}
