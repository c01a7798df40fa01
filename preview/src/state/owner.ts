// Whose settings the page shows: a sample's, a Worker's, those of a link or text, or one's own.

import { signal } from "@preact/signals";
import type { Sync } from "../lib/syncs";
import { firstSample } from "./samples";

export type Owner =
  | { kind: "sample"; name: string }
  | { kind: "worker"; host: string }
  | { kind: "link" | "text" | "proposal" | "empty" };

export const owner = signal<Owner>({ kind: "sample", name: firstSample.settings.name });
/** The settings as they came from their owner. */
export const base = signal<readonly Sync[]>([{ name: null, value: firstSample.settings.value }]);
