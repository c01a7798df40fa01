// Whether the operator is let in, and whether a deployment replaced what this tab was loaded from.

import { signal } from "@preact/signals";
import { onLocked, request, setToken } from "../api/client";
import { forgetAnswers } from "../api/query";
import type { Health } from "../api/types";

export type Access = "checking" | "locked" | "unreachable" | "open";

export const access = signal<Access>("checking");
/** Whether the last token did not open anything. */
export const wasRefused = signal(false);

onLocked.call = () => {
  if (access.value === "open") access.value = "locked";
};

/** Asks whether this tab may see anything, with its token or with that of Cloudflare Access. */
export async function tryAccess(): Promise<void> {
  access.value = "checking";
  const answer = await request("/stats?period=TEN_MINUTES");
  if (answer.ok) access.value = "open";
  else if (answer.fault.kind === "locked") access.value = "locked";
  // a fault of a store closes a view, not the console
  else access.value = answer.fault.kind === "failed" ? "open" : "unreachable";
}

/** Tries a token, and keeps it for this tab only if it opens the console. */
export async function unlock(text: string): Promise<void> {
  setToken(text);
  await tryAccess();
  wasRefused.value = access.value === "locked";
  if (wasRefused.value) setToken(null);
}

export function lock(): void {
  setToken(null);
  forgetAnswers();
  wasRefused.value = false;
  access.value = "locked";
}

interface Deployment {
  version: string;
  settings: string | undefined;
}

let first: Deployment | null = null;

/** What a deployment changed since this tab was opened; null for nothing. */
export const deployed = signal<"release" | "settings" | null>(null);

export function watchDeployment({ version, syncs = [] }: Health): void {
  const digests = syncs.flatMap((each) => each.settings ?? []);
  const settings = digests.length < Math.max(syncs.length, 1) ? undefined : digests.join();
  first ??= { version, settings };
  // while the settings have faults they have no digest
  if (first.settings === undefined) first.settings = settings;
  if (version !== first.version) deployed.value = "release";
  else if (settings !== undefined && settings !== first.settings) deployed.value = "settings";
}
