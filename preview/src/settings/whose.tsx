// Whose settings are shown, and what can be put in their place.

import { useSignal } from "@preact/signals";
import { readFile } from "../lib/file";
import { readSyncs } from "../lib/syncs";
import { owner, type Owner } from "../state/owner";
import {
  areChanged,
  areSampleSettings,
  clearSettings,
  resetSettings,
} from "../state/sample-choice";
import { askForProposal } from "../state/proposal";
import { importSyncs } from "../state/settings";
import { tab } from "../state/view";
import { isServedByWorker } from "../state/worker";
import { WorkersSettings } from "./workers-settings";

export function Whose() {
  const isAsking = useSignal(false);
  const fault = useSignal<string | null>(null);
  return (
    <>
      <div class="panel-row whose">
        <p class="whose-text">
          {areSampleSettings.value && <span class="tag">sample</span>}{" "}
          {whoseText(owner.value, areChanged.value)}
        </p>
        {isServedByWorker.value && (
          <button
            type="button"
            class="text-button"
            aria-expanded={isAsking.value}
            onClick={() => (isAsking.value = !isAsking.value)}
          >
            Use this Worker's
          </button>
        )}
        <button
          type="button"
          class="text-button"
          title="Propose settings for the event that is shown"
          onClick={() => {
            askForProposal();
            tab.value = "result";
          }}
        >
          Propose from the event
        </button>
        <FileButton onFault={(said) => (fault.value = said)} />
        <button type="button" class="text-button" onClick={clearSettings}>
          Start empty
        </button>
        <button
          type="button"
          class="text-button"
          aria-label="Reset to sample"
          title="Put the sample's settings in place of these"
          onClick={resetSettings}
        >
          Reset
        </button>
      </div>
      {isAsking.value && <WorkersSettings onDone={() => (isAsking.value = false)} />}
      {fault.value !== null && (
        <p class="banner banner-bad" role="alert">
          {fault.value}
        </p>
      )}
    </>
  );
}

function whoseText(from: Owner, isChanged: boolean): string {
  const changed = isChanged ? ", with your changes" : "";
  if (from.kind === "sample")
    return isChanged ? "Yours, begun from a sample" : `Those of the ${from.name}: made up`;
  if (from.kind === "worker") return `Those of this Worker (${from.host})${changed}`;
  if (from.kind === "link") return `Those of the link${changed}`;
  if (from.kind === "proposal") return `Proposed for your event${changed}`;
  return from.kind === "text" ? `Those you pasted or opened${changed}` : "Yours";
}

function FileButton({ onFault }: { onFault(said: string | null): void }) {
  const choose = (input: HTMLInputElement) => {
    const file = input.files?.[0];
    if (file !== undefined) void openSettings(file).then(onFault);
    input.value = "";
  };
  return (
    <label class="text-button file-button" title="Open a wrangler.toml, or settings as JSON">
      <span>Open file</span>
      <input
        type="file"
        class="visually-hidden"
        aria-label="Open settings"
        accept=".toml,.json,application/json,application/toml"
        onChange={(event) => choose(event.currentTarget)}
      />
    </label>
  );
}

/** Takes the settings of a file; returns why that failed, or null. */
export async function openSettings(file: File): Promise<string | null> {
  const read = await readFile(file);
  if ("fault" in read) return read.fault;
  const found = readSyncs(read.text);
  if ("fault" in found) return `${file.name}: ${found.fault.replaceAll("`", "")}`;
  importSyncs(found.syncs);
  return null;
}
