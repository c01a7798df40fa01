// Baseline: a Worker in JavaScript that only parses and prints JSON.

export default {
  async fetch(request) {
    return new Response(JSON.stringify(JSON.parse(await request.text())), {
      headers: { "content-type": "application/json" },
    });
  },
};
