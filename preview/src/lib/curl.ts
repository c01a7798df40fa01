// Writes requests as curl commands.

import type { KochavaRequest } from "kochava-edge";

/**
 * Returns one command for each request, in order. The body is quoted so that a POSIX shell passes
 * its exact bytes.
 */
export function asCurl(requests: readonly KochavaRequest[]): string {
  return requests.map(command).join("\n\n");
}

function command({ method, url, headers, body }: KochavaRequest): string {
  const lines = [
    `curl --request ${method} ${quoted(url)}`,
    ...Object.entries(headers).map(([name, value]) => `--header ${quoted(`${name}: ${value}`)}`),
    `--data-raw ${quoted(body)}`,
  ];
  return lines.join(" \\\n  ");
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
