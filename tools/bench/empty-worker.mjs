// What the platform needs by itself: reads a body and answers, takes messages and does nothing.

export default {
  async fetch(request) {
    await request.arrayBuffer();
    return new Response("{}", { headers: { "content-type": "application/json" } });
  },

  queue() {},
};
