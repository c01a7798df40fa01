// The left panel: the event, samples and files.

import { useSignal } from "@preact/signals";
import { Code } from "../../ui/editor/code";
import { fileDrop } from "./file-drop";
import { count } from "../../ui/lib/format";
import { Icon } from "../../ui/components/icons";
import { titleOf } from "./state/engine";
import { eventText, fileFault, loadFile, sampleId, typeEvent } from "./state/event";
import { highlight, eventHighlight, pinned, pointed, revealed } from "./state/highlight";
import { diagnostics } from "./state/diagnostics";
import { redo, undo } from "./state/history";
import { planResult } from "./state/plan-result";
import { isTooLargeToKeep } from "./state/storage";
import { unusedPath } from "./state/unused";
import { chooseSample, offeredSettings, takeOffered } from "./state/sample-choice";
import { samples, samplesBySender, type Sample } from "./state/samples";
import { SenderPicker } from "./sender-picker";

export function EventPanel() {
  const isOver = useSignal(false);
  return (
    <section
      class="panel event"
      id="event"
      aria-labelledby="event-title"
      data-over={isOver.value}
      {...fileDrop(isOver, (file) => void loadFile(file))}
    >
      <header class="panel-head">
        <h2 id="event-title">Event</h2>
        <SamplePicker />
        <FileButton />
      </header>
      <SenderPicker />
      {offeredSettings.value !== null && (
        <p class="banner banner-warn" role="status">
          This sample is made for other settings than yours.{" "}
          <button type="button" class="text-button" onClick={takeOffered}>
            Use the sample settings
          </button>
        </p>
      )}
      {fileFault.value !== null && (
        <p class="banner banner-bad" role="alert">
          {fileFault.value}
        </p>
      )}
      <EventEditor />
      <StatusLine />
      {isOver.value && <div class="drop">Drop the file to open it</div>}
    </section>
  );
}

function SamplePicker() {
  const choose = (chosen: string) => {
    const sample = samples.find(({ id }) => id === chosen);
    if (sample !== undefined) chooseSample(sample);
  };
  return (
    <select
      class="input grow"
      aria-label="Sample event"
      value={sampleId.value}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      <option value="" disabled hidden>
        Your own event
      </option>
      {samplesBySender.map(([sender, some]) => (
        <optgroup key={sender} label={`Samples: ${titleOf(sender)}`}>
          {some.map((sample) => (
            <option key={sample.id} value={sample.id}>
              {labelOf(sample)}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

/** The name of a sample; with its sender if that is needed to tell it from others. */
function labelOf({ name, id, sender }: Sample): string {
  return id === name ? name : `${titleOf(sender)}: ${name.toLowerCase()}`;
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
      title="Open JSON or NDJSON (one event per line), also gzipped. You can also drop a file on this panel."
    >
      <Icon name="open" />
      <span>Open file</span>
      <input
        type="file"
        class="visually-hidden"
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
      diagnostics={diagnostics.value}
      highlight={eventHighlight.value}
      reveal={revealed.value}
      onText={typeEvent}
      onUndo={undo}
      onRedo={redo}
      onHover={(offset) => (pointed.value = offset === null ? null : { from: "event", offset })}
      onCursor={(offset) =>
        (pinned.value = offset === null ? pinned.value : { from: "event", offset })
      }
    />
  );
}

/**
 * Shows the fields that the value under the mouse or cursor is used for; otherwise the size of the
 * text.
 */
function StatusLine() {
  const { fields, from } = highlight.value;
  const now = planResult.value;
  const unused = unusedPath.value;
  if (fields.length > 0 && from === "event") {
    return (
      <p class="status" role="status">
        <Icon name="arrow" />
        {fields.map(({ field, request }) => (
          <code
            key={field}
            data-sent={request !== null}
            title={request === null ? "looked up, not sent" : "sent"}
          >
            {field}
          </code>
        ))}
      </p>
    );
  }
  if (unused !== null) {
    return (
      <p class="status" role="status">
        <Icon name="skipped" />
        <span>
          Not sent: no setting uses <code data-sent="false">{unused}</code>
        </span>
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
      {isTooLargeToKeep.value ? (
        <span>Too large to be kept over a reload.</span>
      ) : (
        <span class="status-hint">Hover to trace a value.</span>
      )}
    </p>
  );
}
