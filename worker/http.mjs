// Calls to other hosts. Each is one step from the wasm, where its parts would be ten.

/**
 * Posts a body → the answer as soon as its head arrives. A redirect is not followed, which would send
 * body and credentials to another host.
 */
export function post(url, headers, body, signal) {
  return fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
}

/**
 * Posts a body → of an answer of status 200 with at most so many bytes its text, null where that cannot
 * be read to its end; any other answer as it is.
 */
export function postForText(url, headers, body, signal, bytesMax) {
  return post(url, headers, body, signal).then((answer) =>
    answer.status === 200 && isShort(answer.headers, bytesMax)
      ? answer.text().catch(() => null)
      : answer,
  );
}

/**
 * Returns whether a body is known not to be longer than this. Beside chunked transfer a `Content-Length` means
 * nothing (RFC 9112, section 6.3); nor does that of a compressed answer, which the platform decompresses.
 */
function isShort(headers, bytesMax) {
  const length = Number(headers.get("Content-Length"));
  return (
    length > 0 &&
    length <= bytesMax &&
    !headers.has("Transfer-Encoding") &&
    !headers.has("Content-Encoding")
  );
}
