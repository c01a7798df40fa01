// Shown for a text that is no batch of events: what it looks like, or where parsing stopped.

import { InlineCode } from "../../../ui/components/inline-code";
import { Icon } from "../../../ui/components/icons";
import { count, sentence } from "../../../ui/lib/format";
import { kindOfText } from "../lib/input-kind";
import { readSyncs } from "../lib/syncs";
import { settledText } from "../state/event";
import { revealed } from "../state/highlight";
import { undo } from "../state/history";
import { importSyncs } from "../state/settings";
import { tab } from "../state/view";

export function Unreadable({ message, offset }: { message: string; offset: number }) {
  const text = settledText.value;
  const kind = kindOfText(text);
  const [line, column] = lineAndColumn(text, offset);
  const show = () => {
    tab.value = "event";
    revealed.value = { at: [offset, Math.min(offset + 1, text.length)], isFocused: true };
  };
  const stopped = `Parsing stopped at line ${line}, column ${column}. The Worker answers 400.`;
  return (
    <article class="fate">
      <div class="verdict verdict-refused">
        <span class="verdict-sign">
          <Icon name="refused" />
        </span>
        <div class="verdict-text">
          <h3>{kind?.title ?? "Unreadable"}</h3>
          <p>
            {kind === null ? (
              `${sentence(message.replace(/ \(byte \d+\)$/, ""))} ${stopped}`
            ) : (
              <>
                <InlineCode text={kind.advice} /> {stopped}
              </>
            )}
          </p>
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={show}>
            Show it
          </button>
        </div>
      </div>
    </article>
  );
}

/** The syncs of a text that is settings rather than an event; null if it has none. */
export function settingsIn(text: string): ReturnType<typeof readable> {
  return /\[?\[?vars[.\]]|\bapp_guid\b/.test(text.slice(0, 100_000)) ? readable(text) : null;
}

function readable(text: string) {
  const read = readSyncs(text);
  if ("fault" in read) return null;
  const hasSettings = read.syncs.some(({ value }) => "app_guid" in value || "mapping" in value);
  return hasSettings ? read.syncs : null;
}

/** Offers to take a text as settings that was pasted in place of an event. */
export function SettingsHint({ syncs }: { syncs: NonNullable<ReturnType<typeof settingsIn>> }) {
  const take = () => {
    // the event that was there before the paste comes back
    undo();
    importSyncs(syncs);
  };
  return (
    <article class="fate">
      <div class="verdict verdict-skipped">
        <span class="verdict-sign">
          <Icon name="skipped" />
        </span>
        <div class="verdict-text">
          <h3>These are settings</h3>
          <p>
            {syncs.length === 1
              ? "This is no event, but the settings of a sync."
              : `This is no event, but the settings of ${count(syncs.length, "sync")}.`}
          </p>
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={take}>
            Use them as settings
          </button>
        </div>
      </div>
    </article>
  );
}

function lineAndColumn(text: string, offset: number): [line: number, column: number] {
  const before = text.slice(0, offset).split("\n");
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
}
