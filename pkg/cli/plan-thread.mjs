// The script of a thread of `plan`.

import { parentPort, workerData } from "node:worker_threads";
import { serve } from "../serve.js";
import { planLines } from "./plan-lines.mjs";

const post = (message, transfer) => parentPort.postMessage(message, transfer);
const { context } = workerData;
parentPort.on(
  "message",
  serve(workerData, post, (planOver, block) =>
    planLines((lines, form) => planOver(lines, context, form), block),
  ),
);
