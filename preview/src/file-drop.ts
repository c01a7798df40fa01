// Handlers of a panel onto which a file can be dropped.

import type { Signal } from "@preact/signals";

export function fileDrop(isOver: Signal<boolean>, take: (file: File) => void) {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  return {
    // captured, since the editor would insert the file as text
    onDropCapture: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      isOver.value = false;
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) take(file);
    },
    onDragOverCapture: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      isOver.value = true;
    },
    onDragLeave: (event: DragEvent) => {
      if (event.currentTarget === event.target) isOver.value = false;
    },
  };
}
