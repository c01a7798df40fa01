// A button that copies a text to the clipboard and reports whether it worked.

import { useRef, useState } from "preact/hooks";
import { announcement } from "./announcement";
import { Icon, type IconName } from "./icons";

interface Props {
  label: string;
  /** Called on click. */
  text(): string | Promise<string>;
  icon?: IconName;
  title?: string;
  isMain?: boolean;
}

export function CopyButton({ label, text, icon = "copy", title, isMain = false }: Props) {
  const [state, setState] = useState<"idle" | "done" | "failed">("idle");
  const timer = useRef(0);
  const copy = async () => {
    const isDone = await write(await text());
    setState(isDone ? "done" : "failed");
    announcement.value = isDone ? `${label}: copied` : `${label}: the browser did not allow it`;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setState("idle"), 1_600);
  };
  return (
    <button
      type="button"
      class={isMain ? "button button-main" : "button"}
      data-state={state}
      title={title}
      onClick={() => void copy()}
    >
      <Icon name={state === "done" ? "ready" : icon} />
      <span class="copy-label">
        <span>{label}</span>
        {state !== "idle" && (
          <span class="copy-said">{state === "done" ? "Copied" : "Not allowed"}</span>
        )}
      </span>
    </button>
  );
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
