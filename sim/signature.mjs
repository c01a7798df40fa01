// Is this request signed as strict authentication asks, over the bytes that PHP would hash?

import { createHash, createHmac } from "node:crypto";
import { phpReencode } from "./php.mjs";

/**
 * Kochava, Install Authentication Integration: HMAC-SHA-256 with the API key as its key, over the secret
 * followed by the hex SHA-1 of the body.
 */
export function tokenFor({ apiKey, secret, bodyText }) {
  const hash = createHash("sha1").update(bodyText).digest("hex");
  return createHmac("sha256", apiKey)
    .update(secret + hash)
    .digest("hex");
}

/** → { state: "unchecked" | "good" | "bad", code, message } */
export function checkSignature({ headers = {}, bodyText, apiKey, secret }) {
  if (apiKey === undefined || secret === undefined) return verdict("unchecked", "no-credentials");
  const sent = headerOf(headers, "kochava-auth-token");
  const sentKey = headerOf(headers, "kochava-api-key");
  if (sentKey === undefined) return verdict("bad", "api-key-missing");
  if (sent === undefined) return verdict("bad", "token-missing");
  if (sentKey !== apiKey) return verdict("bad", "api-key-wrong");
  const isTokenOf = (text) =>
    text !== undefined && sent === tokenFor({ apiKey, secret, bodyText: text });
  // The same page: the hashed body must spell `/` as PHP does, which makes sense only if the server decodes the body and
  // encodes it again before it hashes. How it decodes is not told, so a good token must hold either way.
  if (READINGS.every((reading) => isTokenOf(attempt(bodyText, reading))))
    return verdict("good", "good");
  if (isTokenOf(bodyText)) return verdict("bad", "body-not-canonical");
  return verdict("bad", "token-wrong");
}

export function headerOf(headers, name) {
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return found === undefined ? undefined : String(found[1]);
}

function attempt(bodyText, reading) {
  try {
    return phpReencode(bodyText, reading);
  } catch {
    return undefined;
  }
}

function verdict(state, code) {
  return { state, code, message: MESSAGES[code] };
}

const READINGS = [{ assoc: false }, { assoc: true }];

const MESSAGES = {
  "no-credentials": "the stand-in was started without an API key and a secret",
  "api-key-missing": "the header Kochava-Api-Key is missing",
  "token-missing": "the header Kochava-Auth-Token is missing",
  "api-key-wrong": "Kochava-Api-Key is not the configured key",
  "body-not-canonical": "the token fits the bytes as sent, but PHP would hash other bytes",
  "token-wrong": "the token fits neither the bytes as sent nor PHP's spelling of them",
  good: "the token fits PHP's spelling of the body",
};
