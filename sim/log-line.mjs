// The log line of one request: method, known path, status, event name and codes of findings.
//
// It never contains identifiers, addresses or tokens.

import { IDENTITY, TRACK } from "./check.mjs";

export function logLine(call) {
  const path = [TRACK, IDENTITY].includes(call.path) ? call.path : "(unknown path)";
  const codes = [...new Set(call.findings.map((one) => one.code))];
  if (call.signature.state === "invalid") codes.push(`signature: ${call.signature.code}`);
  const parts = [`${call.method} ${path} → ${endOf(call.answer)}`, nameOf(call)];
  if (codes.length > 0) parts.push(`! ${codes.join(", ")}`);
  return cut(parts.filter(Boolean).join("  "), COLUMNS_MAX);
}

function endOf({ status, ending }) {
  if (status === undefined) return ending;
  return ending === "truncate" ? `${status} cut short` : String(status);
}

function nameOf({ path, body }) {
  if (path === IDENTITY || body?.action === "identityLink") return "identity";
  if (body?.action === "install") return "install";
  const name = body?.data?.event_name;
  return cut(typeof name === "string" ? name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?") : "", NAME_MAX);
}

function cut(text, width) {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, width - 1).join("")}…`;
}

const COLUMNS_MAX = 80;
const NAME_MAX = 24;
