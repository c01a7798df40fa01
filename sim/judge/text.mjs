// Are these bytes a JSON object that PHP keeps as it is?

import { JsonError, below, readJson, walk } from "../json.mjs";
import { phpReencode } from "../php.mjs";

/** Returns the root node where the fields can be judged, else undefined. */
export function judgeText(bodyText, isSigned, findings) {
  if (bodyText === "") return void findings.add("body-empty", "");
  if (Buffer.byteLength(bodyText) >= BODY_BYTES_LIMIT) findings.add("body-too-large", "");
  // Decoding leaves U+FFFD where bytes were no UTF-8; a canonical body spells a real one \ufffd.
  if (bodyText.includes("\ufffd")) findings.add("body-not-utf8", "");
  const root = rootOf(bodyText, findings);
  if (!root) return undefined;
  walk(root, (node, pointer) => judgeNode(node, pointer, findings));
  judgeSpelling(bodyText, isSigned, findings);
  return root;
}

function rootOf(bodyText, findings) {
  try {
    const root = readJson(bodyText);
    if (root.kind === "object") return root;
    findings.add("body-not-object", "");
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    findings.add("body-not-json", "");
  }
  return undefined;
}

function judgeNode(node, pointer, findings) {
  if (node.kind === "null") findings.add("null-value", pointer);
  if (node.kind !== "object") return;
  const seen = new Set();
  for (const { key } of node.members) {
    if (seen.has(key)) findings.add("duplicate-key", below(pointer, key));
    seen.add(key);
  }
  if ([...seen].every((key, index) => key === String(index)))
    findings.add("object-becomes-list", pointer);
}

function judgeSpelling(bodyText, isSigned, findings) {
  try {
    const isCanonical = phpReencode(bodyText) === bodyText;
    if (isCanonical || findings.has("duplicate-key") || findings.has("body-not-utf8")) return;
    findings.add(isSigned ? "not-canonical-signed" : "not-canonical", "");
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    findings.add("php-undecodable", "");
  }
}

// Amplitude, Kochava (Post-install): "Requests must be smaller than 2MB", MB read as 10^6, the smaller reading.
const BODY_BYTES_LIMIT = 2_000_000;
