// What can be done about rejects: who mends what is wrong and how, and the buttons that replay or
// delete a selection.

import { Icon } from "../../../ui/components/icons";
import { InlineCode } from "../../../ui/components/inline-code";
import type { Fix } from "../api/types";
import { mender } from "../lib/words";
import { dialog, type Selection } from "./selection";

/** Who can mend the reason of a reject, and how; nothing where the API does not tell. */
export function HowToMend({ fix }: { fix: Fix | null }) {
  if (fix === null) return null;
  return (
    <p>
      <b>Mended by {mender(fix)}:</b> <InlineCode text={fix.how} />.
    </p>
  );
}

export function ReplayOrDelete({ selection, isMain }: { selection: Selection; isMain?: boolean }) {
  return (
    <div class="actions">
      <button
        type="button"
        class={isMain ? "button button-main" : "button"}
        onClick={() => (dialog.value = { kind: "replay", selection })}
      >
        Replay…
      </button>
      <button
        type="button"
        class="button button-bad"
        onClick={() => (dialog.value = { kind: "delete", selection })}
      >
        Delete…
      </button>
    </div>
  );
}

/** Replays or deletes many: "all that match", "2 selected". */
export function Actions({ selection, of }: { selection: Selection; of: string }) {
  return (
    <div class="actions">
      <button
        type="button"
        class="button"
        onClick={() => (dialog.value = { kind: "replay", selection })}
      >
        <Icon name="arrow" /> Replay {of}…
      </button>
      <button
        type="button"
        class="button button-bad"
        onClick={() => (dialog.value = { kind: "delete", selection })}
      >
        Delete {of}…
      </button>
    </div>
  );
}
