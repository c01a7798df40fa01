// Asks the operator's routes of the Worker that serves this page.
//
// The token is kept in the tab's session storage and sent as a header, never in a URL. Without a
// token the request may still be allowed: Cloudflare Access then adds its own header.

import { signal } from "@preact/signals";

/** Why there is no answer, by what the operator can do about it. */
export interface Fault {
  kind: "locked" | "missing" | "offline" | "signed-out" | "failed";
  code: string;
  message: string;
}

export type Answer<T> = { ok: true; value: T; text: string } | { ok: false; fault: Fault };

interface Options {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  signal?: AbortSignal;
  /** Whether 404 means that what the path names does not exist, rather than that the token is wrong. */
  mayBeMissing?: boolean;
  /** Whether 503 is an answer, as that of `/health` is. */
  isHealth?: boolean;
}

const KEY = "kochava-edge:token";
const TIMEOUT_MS = 30_000;

export const token = signal(sessionStorage.getItem(KEY));
/** Whether the last request reached the Worker. */
export const isOnline = signal(true);
/** Called when the Worker does not accept the token, or no longer. */
export const onLocked = { call: (): void => {} };

export function setToken(value: string | null): void {
  token.value = value;
  if (value === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, value);
}

export async function request<T>(path: string, options: Options = {}): Promise<Answer<T>> {
  const response = await send(path, options);
  isOnline.value = response !== null;
  if (response === null) return failed("offline", "offline", "The Worker does not answer.");
  if (response.type === "opaqueredirect")
    return failed("signed-out", "signed-out", "Your sign-in has ended. Reload the page.");
  const text = await response.text().catch(() => "");
  if (response.ok || (options.isHealth && response.status === 503)) return read<T>(text);
  const { code, message } = errorOf(text, response.status);
  if (response.status !== 404) return failed("failed", code, message);
  if (options.mayBeMissing) return failed("missing", code, message);
  onLocked.call();
  return failed("locked", code, message);
}

async function send(path: string, { method = "GET", body, signal }: Options) {
  const headers = new Headers();
  if (token.value !== null) headers.set("X-Api-Key", token.value);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      // where Cloudflare Access wants a sign-in it redirects to another host
      redirect: "manual",
      cache: "no-store",
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}

function read<T>(text: string): Answer<T> {
  try {
    return { ok: true, value: JSON.parse(text) as T, text };
  } catch {
    return failed("failed", "not-json", "The Worker's answer is not JSON.");
  }
}

const failed = (kind: Fault["kind"], code: string, message: string) =>
  ({ ok: false, fault: { kind, code, message } }) as const;

/** The error of a reply; a sentence about the status where the reply has none. */
function errorOf(text: string, status: number): { code: string; message: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { code: string; message: string } };
    if (error !== undefined) return error;
  } catch {
    // an answer of Cloudflare's own
  }
  return { code: `status-${status}`, message: `The Worker answered ${status}.` };
}

/** `pathOf("/stats", { sync: undefined, period: "ONE_DAY" })` is `/stats?period=ONE_DAY`. */
export function pathOf(path: string, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "",
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
