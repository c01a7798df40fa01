// What does a Worker in JavaScript cost that only parses and prints?

export default {
  async fetch(request) {
    return new Response(JSON.stringify(JSON.parse(await request.text())), {
      headers: { "content-type": "application/json" },
    });
  },
};
