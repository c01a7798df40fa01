// The sender of the event: what its shape shows, or the one that is chosen.

import type { SourceName } from "kochava-edge";
import { SENDERS } from "./lib/senders";
import { titleOf } from "./state/engine";
import { chosenSource } from "./state/event";
import { detectedSource, isUnknownFormat, readAs } from "./state/sender";

export function SenderPicker() {
  const [chosen, detected] = [chosenSource.value, detectedSource.value];
  const choose = (name: string) => (chosenSource.value = name === "" ? null : (name as SourceName));
  return (
    <div class="panel-row">
      <label for="sender">Sender</label>
      <select
        class="input grow"
        id="sender"
        value={chosen ?? ""}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        <option value="">{whatIsDetected()}</option>
        {SENDERS.map((name) => (
          <option key={name} value={name}>
            {titleOf(name)}
          </option>
        ))}
      </select>
      {chosen !== null && detected !== null && chosen !== detected && (
        <p class="row-note" role="status">
          Detected by its shape: {titleOf(detected)}.
        </p>
      )}
    </div>
  );
}

function whatIsDetected(): string {
  const detected = detectedSource.value;
  if (detected !== null) return `Detected: ${titleOf(detected)}`;
  if (chosenSource.value !== null) return "Detect it by its shape";
  if (isUnknownFormat.value) return "Detected: no known sender";
  return readAs.value === "generic" ? `Detected: ${titleOf("generic")}` : "Detect it by its shape";
}
