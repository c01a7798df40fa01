// Turns a step of the script into an HTTP answer, and sends it.

/**
 * → { status, headers, body, ending }, or { ending } alone if no answer is sent ("reset",
 * "silence").
 */
export function answerOf(step, fallback) {
  if (step.reset) return { ending: "reset" };
  if (step.silence) return { ending: "silence" };
  const status = step.status ?? (step.redirect === undefined ? 200 : 307);
  const body = bodyOf(step, status, fallback);
  const headers = { "content-type": "application/json" };
  if (!BODILESS.includes(status)) headers["content-length"] = String(body.length);
  if (step.retryAfter !== undefined) headers["retry-after"] = String(step.retryAfter);
  if (step.redirect !== undefined) headers.location = step.redirect;
  for (const [name, value] of Object.entries(step.headers ?? {}))
    headers[name.toLowerCase()] = value;
  return { status, headers, body, ending: step.truncate ? "truncate" : "whole" };
}

export function sendAnswer(answer, request, response) {
  if (answer.ending === "silence") return;
  // `resetAndDestroy` sends RST, so that the client sees a reset instead of an orderly end
  if (answer.ending === "reset") return void request.socket.resetAndDestroy();
  response.writeHead(answer.status, answer.headers);
  if (answer.ending === "whole") return void response.end(answer.body);
  const half = answer.body.subarray(0, Math.floor(answer.body.length / 2));
  if (half.length === 0) response.flushHeaders();
  response.write(half.length === 0 ? "" : half, () => request.socket.destroySoon());
}

function bodyOf(step, status, fallback) {
  if (step.empty || step.redirect !== undefined || BODILESS.includes(status))
    return Buffer.alloc(0);
  if (step.garbage) return Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x22, 0xc3, 0x28]);
  if (step.hugeBytes !== undefined) return huge(step.hugeBytes);
  if (step.body !== undefined)
    return Buffer.from(typeof step.body === "string" ? step.body : JSON.stringify(step.body));
  if (status < 300) return Buffer.from(JSON.stringify(fallback));
  return Buffer.from(JSON.stringify({ success: "0", error: `scripted ${status}` }));
}

/** Valid JSON that says success but is too long: a reader with a limit must stop before the end. */
function huge(bytes) {
  const head = '{"success":"1","padding":"';
  return Buffer.from(head + "x".repeat(Math.max(0, bytes - head.length - 2)) + '"}');
}

// RFC 9110, sections 8.6 and 15: these have no body and no Content-Length
const BODILESS = [204, 205, 304];
