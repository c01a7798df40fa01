// Delivers batches of queue messages to the Worker that is measured, as the platform does.
//
// `POST /load` keeps a batch: a JSON array of the messages' bodies, each serialized as V8 does for
// structured clones, in base64. `POST /deliver` delivers the oldest batch and answers
// `{ outcome, retried }`. Two steps, so that reading a batch is not measured with its delivery.

const batches = [];
let messages = 0;

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/load") {
      const bodies = await request.json();
      batches.push(bodies.map(messageOf));
      return new Response();
    }
    const result = await env.SUBJECT.queue("kochava-edge", batches.shift());
    return Response.json({
      outcome: result.outcome,
      retried: result.retryBatch.retry || result.retryMessages.length > 0,
    });
  },
};

function messageOf(base64) {
  messages += 1;
  return {
    id: `${messages}`,
    timestamp: new Date(),
    attempts: 1,
    serializedBody: Uint8Array.fromBase64(base64),
  };
}
