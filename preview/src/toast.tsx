// What was just done, with a button that undoes it; and the buttons that undo and redo anything.

import { useEffect } from "preact/hooks";
import { Icon } from "../../ui/components/icons";
import { canRedo, canUndo, redo, undo } from "./state/history";
import { toast } from "./state/view";

const SHOWN_MS = 12_000;

export function Toast() {
  const said = toast.value;
  useEffect(() => {
    // undo stays in the header
    const timer = said === null ? 0 : window.setTimeout(() => (toast.value = null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div class="toast-place" role="status">
      {said !== null && (
        <div class="toast">
          <span>{said}</span>
          {canUndo.value && (
            <button type="button" class="text-button" onClick={undo}>
              Undo
            </button>
          )}
          <button
            type="button"
            class="icon-button"
            aria-label="Close the message"
            onClick={() => (toast.value = null)}
          >
            <Icon name="remove" />
          </button>
        </div>
      )}
    </div>
  );
}

export function UndoButtons() {
  return (
    <div class="undo" role="group" aria-label="History">
      <button
        type="button"
        class="icon-button"
        aria-label="Undo the last change"
        title="Undo (Ctrl+Z)"
        disabled={!canUndo.value}
        onClick={undo}
      >
        <Icon name="undo" />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="Redo"
        title="Redo (Ctrl+Y)"
        disabled={!canRedo.value}
        onClick={redo}
      >
        <Icon name="redo" />
      </button>
    </div>
  );
}
