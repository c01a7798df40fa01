// The built Worker, with its Durable Objects' requests counted: `GET`-like `POST /counted` answers
// `{ requests, objects }` since the last time, and starts again.

import built, { Journal as Built } from "./index.js";

let requests = 0;
const objects = new Set();

export class Journal extends Built {
  answer(request) {
    requests += 1;
    objects.add(this.ctx.id.toString());
    return super.answer(request);
  }
}

export default {
  ...built,

  fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== "/counted") return built.fetch(request, env, ctx);
    const counted = { requests, objects: objects.size };
    requests = 0;
    objects.clear();
    return Response.json(counted);
  },
};
