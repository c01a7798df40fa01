// Deletes rejects, after their number was shown and typed.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { count } from "../../../ui/lib/format";
import { request, type Fault } from "../api/client";
import { Dialog } from "../parts/dialog";
import { FaultNote } from "../parts/answered";
import { bodyOf, nameOf, type Selection } from "./selection";

interface Props {
  selection: Selection;
  onClose(hasChanged: boolean): void;
}

type Stage =
  | { at: "counting" | "deleting" }
  | { at: "failed"; fault: Fault }
  | { at: "asking"; found: number }
  | { at: "done"; deleted: number };

export function DeleteDialog({ selection, onClose }: Props) {
  const stage = useSignal<Stage>({ at: "counting" });
  const isDone = useSignal(false);
  const countThem = async () => {
    stage.value = { at: "counting" };
    const body = bodyOf(selection, true);
    const answer = await request<{ found: number }>("/rejects", { method: "DELETE", body });
    stage.value = answer.ok
      ? { at: "asking", found: answer.value.found }
      : { at: "failed", fault: answer.fault };
  };
  const deleteThem = async () => {
    stage.value = { at: "deleting" };
    const body = bodyOf(selection, false);
    const answer = await request<{ deleted: number }>("/rejects", { method: "DELETE", body });
    isDone.value = true;
    stage.value = answer.ok
      ? { at: "done", deleted: answer.value.deleted }
      : { at: "failed", fault: answer.fault };
  };
  useEffect(() => void countThem(), []);
  const now = stage.value;
  return (
    <Dialog title={`Delete ${nameOf(selection)}`} onClose={() => onClose(isDone.value)}>
      {now.at === "counting" && <p role="status">Counting…</p>}
      {now.at === "deleting" && <p role="status">Deleting…</p>}
      {now.at === "failed" && <FaultNote fault={now.fault} what="this" onRetry={countThem} />}
      {now.at === "asking" && <Confirm found={now.found} onConfirm={() => void deleteThem()} />}
      {now.at === "done" && (
        <p role="status">{count(now.deleted, "event was", "events were")} deleted.</p>
      )}
    </Dialog>
  );
}

function Confirm({ found, onConfirm }: { found: number; onConfirm(): void }) {
  const typed = useSignal("");
  const words = `delete ${found}`;
  if (found === 0) return <p>There is nothing to delete any more.</p>;
  return (
    <form
      class="confirm"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.value.trim() === words) onConfirm();
      }}
    >
      <p>
        <b>{count(found, "event")} will be deleted for good.</b> What is deleted cannot be replayed.
      </p>
      <label for="confirm">
        Type <code>{words}</code> to confirm
      </label>
      <input
        id="confirm"
        class="input"
        autocomplete="off"
        spellcheck={false}
        value={typed.value}
        onInput={(event) => (typed.value = event.currentTarget.value)}
      />
      <button type="submit" class="button button-bad-main" disabled={typed.value.trim() !== words}>
        Delete {count(found, "event")}
      </button>
    </form>
  );
}
