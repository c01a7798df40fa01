// The dialog of a change: replay or delete.

import { changed, dialog } from "./selection";
import { DeleteDialog } from "./delete-dialog";
import { ReplayDialog } from "./replay-dialog";

export function Dialogs({ onChanged }: { onChanged?: () => void }) {
  const open = dialog.value;
  if (open === null) return null;
  const close = (hasChanged: boolean) => {
    dialog.value = null;
    if (!hasChanged) return;
    changed();
    onChanged?.();
  };
  return open.kind === "replay" ? (
    <ReplayDialog selection={open.selection} onClose={close} />
  ) : (
    <DeleteDialog selection={open.selection} onClose={close} />
  );
}
