// Left: the event.

import { useSignal } from "@preact/signals";
import { Code } from "./editor/code";
import { count } from "./lib/words";
import { Icon } from "./parts/icons";
import { eventText, fileFault, loadFile, loadText, sampleName, typeEvent } from "./state/event";
import { lit, litOfEvent, pinned, pointed, revealed } from "./state/light";
import { marks } from "./state/marks";
import { outcome } from "./state/outcome";
import { samples } from "./state/samples";

export function EventPanel() {
  const isOver = useSignal(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    isOver.value = false;
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) void loadFile(file);
  };
  const over = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    isOver.value = true;
  };
  return (
    <section
      class="panel event"
      aria-labelledby="event-title"
      data-over={isOver.value}
      // before the editor takes it for a text
      onDropCapture={(event) => event.dataTransfer?.types.includes("Files") && drop(event)}
      onDragOverCapture={over}
      onDragLeave={(event) => event.currentTarget === event.target && (isOver.value = false)}
    >
      <header class="panel-head">
        <h2 id="event-title">Event</h2>
        <SamplePicker />
        <FileButton />
      </header>
      {fileFault.value !== null && (
        <p class="banner banner-bad" role="alert">
          {fileFault.value}
        </p>
      )}
      <EventEditor />
      <StatusLine />
      {isOver.value && <div class="drop">Drop the file to read it here</div>}
    </section>
  );
}

function SamplePicker() {
  const choose = (name: string) => {
    const sample = samples.find((each) => each.name === name);
    if (sample !== undefined) loadText(sample.text, { name });
  };
  return (
    <select
      class="input grow"
      aria-label="Sample event"
      value={sampleName.value}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      <option value="" disabled hidden>
        Your own event
      </option>
      {samples.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function FileButton() {
  const choose = (input: HTMLInputElement) => {
    const file = input.files?.[0];
    if (file !== undefined) void loadFile(file);
    input.value = "";
  };
  return (
    <label
      class="button file-button"
      title="JSON, or NDJSON with one event on each line; .gz too. Or drop a file anywhere on this panel."
    >
      <Icon name="open" />
      <span>Open file</span>
      <input
        type="file"
        class="unseen"
        accept=".json,.ndjson,.jsonl,.gz,.txt,application/json"
        onChange={(event) => choose(event.currentTarget)}
      />
    </label>
  );
}

function EventEditor() {
  return (
    <Code
      id="event-code"
      label="Event, as JSON"
      text={eventText.value}
      marks={marks.value}
      lit={litOfEvent.value}
      reveal={revealed.value}
      onText={typeEvent}
      onHover={(offset) => (pointed.value = offset === null ? null : { from: "event", offset })}
      onCursor={(offset) =>
        (pinned.value = offset === null ? pinned.value : { from: "event", offset })
      }
    />
  );
}

/** What the place under the mouse or the cursor becomes. */
function StatusLine() {
  const { fields, from } = lit.value;
  const now = outcome.value;
  if (fields.length > 0 && from === "event") {
    return (
      <p class="status" role="status">
        <Icon name="arrow" />
        {fields.map(({ field, request }) => (
          <code
            key={field}
            data-sent={request !== null}
            title={request === null ? "looked for, not sent" : "sent"}
          >
            {field}
          </code>
        ))}
      </p>
    );
  }
  const events = now.kind === "batch" ? count(now.items.length, "event") : "";
  return (
    <p class="status">
      <span>
        {[events, count(eventText.value.length, "character")]
          .filter((part) => part !== "")
          .join(", ")}
      </span>
      <span class="status-hint">Point at a value to follow it.</span>
    </p>
  );
}
