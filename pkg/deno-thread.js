// The script of a thread of `planNdjsonStream` in Deno. Its first message is what it is started with.

import { serve } from "./serve.js";

const post = (message, transfer) => self.postMessage(message, transfer);
self.onmessage = ({ data: started }) => {
  const answer = serve(started, post, (planOver, block) => planOver(block, started.context));
  self.onmessage = ({ data: block }) => answer(block);
};
