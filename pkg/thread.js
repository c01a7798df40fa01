// The script of a thread of `planNdjsonStream` in Node and Bun.

import { parentPort, workerData } from "node:worker_threads";
import { serve } from "./serve.js";

const post = (message, transfer) => parentPort.postMessage(message, transfer);
const { context } = workerData;
parentPort.on(
  "message",
  serve(workerData, post, (planOver, block) => planOver(block, context)),
);
