// The fates of the package in any host, as the text that tests/native/fates.rs prints. Those of the
// lines are planned at once and as a stream, which must give the same.

/**
 * @param {typeof import("kochava-edge")} kochavaEdge the package, as this host imports it
 * @param {{ cases: { name: string, settings: object, body: string, receivedAt?: number }[],
 *   settings: object, lines: string }} data bodies and lines in base64
 */
export async function fates({ Mapper }, { cases, settings, lines }) {
  let text = "";
  for (const { name, settings, body, receivedAt } of cases) {
    text += `# ${name}\n`;
    using(new Mapper(settings), (mapper) => {
      try {
        for (const fate of mapper.plan(bytesOf(body), { receivedAt }).fates)
          text += `${JSON.stringify(fate)}\n`;
      } catch (error) {
        if (error.offset === undefined) throw error;
        text += `${error.code} ${error.offset}\n`;
      }
    });
  }
  const mapper = new Mapper(settings);
  const decode = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const planned = decode(mapper.planNdjson(bytesOf(lines)));
  const stream = mapper.planNdjsonStream(chunksOf(bytesOf(lines)), { threads: 2 });
  if (decode(await new Response(stream).arrayBuffer()) !== planned)
    throw new Error("the stream gives other fates");
  return text + planned;
}

function* chunksOf(bytes) {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

/** The SHA-256 of a text or a promise of one, in hexadecimal digits. */
export async function hashOf(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(await text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function using(mapper, use) {
  try {
    use(mapper);
  } finally {
    mapper.free();
  }
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
