// Loads the npm package, whose wasm does all the work.

import { signal } from "@preact/signals";

type Engine = typeof import("kochava-edge");

export const engine = signal<Engine | null>(null);
export const engineFault = signal(false);

/** Loads the package. Not a static import, so that the page is drawn while the wasm is loading. */
export async function startEngine(): Promise<void> {
  try {
    engine.value = await import("kochava-edge");
  } catch {
    engineFault.value = true;
  }
}

/** The title of a sender; its name while the package is loading, or if it is not known. */
export const titleOf = (name: string): string =>
  engine.value?.sources.find((source) => source.name === name)?.title ?? name;
