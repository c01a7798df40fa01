// Is the mapper there yet?

import { signal } from "@preact/signals";

type Engine = typeof import("kochava-edge");

export const engine = signal<Engine | null>(null);
export const engineFault = signal(false);

/** The page is drawn while the wasm is on its way. */
export async function startEngine(): Promise<void> {
  try {
    engine.value = await import("kochava-edge");
  } catch {
    engineFault.value = true;
  }
}
