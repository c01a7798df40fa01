// What does the person who watches see of one request?
//
// Never identifiers, addresses or tokens: method, known path, status, the event's name, the codes of what is wrong.

import { IDENTITY, TRACK } from "./judge.mjs";

export function lineOf(call) {
  const path = [TRACK, IDENTITY].includes(call.path) ? call.path : "(another path)";
  const wrong = [...new Set(call.judgement.map((one) => one.code))];
  if (call.signature.state === "bad") wrong.push(`signature: ${call.signature.code}`);
  const parts = [`${call.method} ${path} → ${endOf(call.answer)}`, nameOf(call)];
  if (wrong.length > 0) parts.push(`! ${wrong.join(", ")}`);
  return cut(parts.filter(Boolean).join("  "), COLUMNS_MAX);
}

function endOf({ status, ending }) {
  if (status === undefined) return ending;
  return ending === "truncate" ? `${status} cut short` : String(status);
}

function nameOf({ path, body }) {
  if (path === IDENTITY || body?.action === "identityLink") return "identity";
  const name = body?.data?.event_name;
  return cut(typeof name === "string" ? name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?") : "", NAME_MAX);
}

function cut(text, width) {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, width - 1).join("")}…`;
}

const COLUMNS_MAX = 80;
const NAME_MAX = 24;
