// Verifies the signature of strict authentication over the bytes that PHP would hash.

import { createHash, createHmac } from "node:crypto";
import { phpReencode } from "./php-json.mjs";

/**
 * Kochava, Install Authentication Integration: HMAC-SHA-256 with the API key as its key, over the
 * secret followed by the hex SHA-1 of the body.
 */
export function tokenFor({ apiKey, secret, bodyText }) {
  const hash = createHash("sha1").update(bodyText).digest("hex");
  return createHmac("sha256", apiKey)
    .update(secret + hash)
    .digest("hex");
}

/** → { state: "unchecked" | "valid" | "invalid", code, message } */
export function checkSignature({ headers = {}, bodyText, apiKey, secret }) {
  if (apiKey === undefined || secret === undefined) return verdict("unchecked", "no-credentials");
  const sent = headerOf(headers, "kochava-auth-token");
  const sentKey = headerOf(headers, "kochava-api-key");
  if (sentKey === undefined) return verdict("invalid", "api-key-missing");
  if (sent === undefined) return verdict("invalid", "token-missing");
  if (sentKey !== apiKey) return verdict("invalid", "api-key-wrong");
  const isTokenOf = (text) =>
    text !== undefined && sent === tokenFor({ apiKey, secret, bodyText: text });
  // The same page: the hashed body must escape `/` as PHP does, which makes sense only if the
  // server decodes and re-encodes the body before it hashes it. Whether it decodes objects as
  // arrays is not documented, so a token must be valid for both.
  if (DECODINGS.every((options) => isTokenOf(attempt(bodyText, options))))
    return verdict("valid", "valid");
  if (isTokenOf(bodyText)) return verdict("invalid", "body-not-canonical");
  return verdict("invalid", "token-wrong");
}

export function headerOf(headers, name) {
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return found === undefined ? undefined : String(found[1]);
}

function attempt(bodyText, options) {
  try {
    return phpReencode(bodyText, options);
  } catch {
    return undefined;
  }
}

function verdict(state, code) {
  return { state, code, message: MESSAGES[code] };
}

const DECODINGS = [{ assoc: false }, { assoc: true }];

const MESSAGES = {
  "no-credentials": "the stand-in was started without an API key and a secret",
  "api-key-missing": "the header Kochava-Api-Key is missing",
  "token-missing": "the header Kochava-Auth-Token is missing",
  "api-key-wrong": "Kochava-Api-Key is not the configured key",
  "body-not-canonical": "the token matches the bytes as sent, but PHP would hash other bytes",
  "token-wrong": "the token matches neither the bytes as sent nor PHP's encoding of them",
  valid: "the token matches PHP's encoding of the body",
};
