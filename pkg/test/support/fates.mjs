// The fates of the package in any host, as the text that tests/native/fates.rs prints.

/**
 * @param {typeof import("kochava-edge")} kochavaEdge the package, as this host imports it
 * @param {{ cases: { name: string, settings: object, body: string, receivedAt?: number }[],
 *   settings: object, lines: string }} data bodies and lines in base64
 */
export function fates({ Mapper }, { cases, settings, lines }) {
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
  return (
    text +
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      new Mapper(settings).planNdjson(bytesOf(lines)),
    )
  );
}

/** The SHA-256 of a text, in hexadecimal digits. */
export async function hashOf(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
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
