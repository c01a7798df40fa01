// Checks the bytes of a body: one JSON object that PHP would decode and encode to the same bytes.

import { JsonError, below, readJson, walk } from "../json.mjs";
import { phpReencode } from "../php-json.mjs";

/** Returns the root node if the fields can be checked, otherwise undefined. */
export function checkText(bodyText, isSigned, findings) {
  if (bodyText === "") return void findings.add("body-empty", "");
  if (Buffer.byteLength(bodyText) >= BODY_BYTES_LIMIT) findings.add("body-too-large", "");
  // decoding replaces invalid bytes with U+FFFD; a canonical body has a real one as \ufffd
  if (bodyText.includes("\ufffd")) findings.add("body-not-utf8", "");
  const root = rootOf(bodyText, findings);
  if (!root) return undefined;
  walk(root, (node, pointer) => checkNode(node, pointer, findings));
  checkSpelling(bodyText, isSigned, findings);
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

function checkNode(node, pointer, findings) {
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

function checkSpelling(bodyText, isSigned, findings) {
  try {
    const isCanonical = phpReencode(bodyText) === bodyText;
    if (isCanonical || findings.has("duplicate-key") || findings.has("body-not-utf8")) return;
    findings.add(isSigned ? "not-canonical-signed" : "not-canonical", "");
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    findings.add("php-undecodable", "");
  }
}

// Amplitude, Kochava (Post-install): "Requests must be smaller than 2MB"; MB as 10^6, the smaller
// meaning.
const BODY_BYTES_LIMIT = 2_000_000;
