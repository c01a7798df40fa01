// The built Worker, with its Durable Objects' requests counted: `GET`-like `POST /counted` answers
// `{ requests, objects }` since the last time, and starts again.

import Entrypoint, { Journal as Built } from "./index.js";

let requests = 0;
const objects = new Set();

export class Journal extends Built {
  #id;

  constructor(state, env) {
    super(state, env);
    this.#id = state.id.toString();
  }

  fetch(request) {
    requests += 1;
    objects.add(this.#id);
    return super.fetch(request);
  }
}

export default class extends Entrypoint {
  fetch(request) {
    if (new URL(request.url).pathname !== "/counted") return super.fetch(request);
    const counted = { requests, objects: objects.size };
    requests = 0;
    objects.clear();
    return Response.json(counted);
  }
}
