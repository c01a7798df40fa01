// Undo and redo for everything that can be typed, chosen or removed on the page.
//
// The page's work is compared after every change, whoever makes it, so that no action can be
// forgotten. Keys typed into one place within a second are one step. The undo of an editor itself is
// none: where it leads back to the text before the last step, it takes that step away.

import { computed, effect, signal, untracked } from "@preact/signals";
import { announcement } from "../../../ui/components/announcement";
import { applyWork, chars, partOf, workNow, type Part, type Work } from "./work";
import { typingNow } from "./typing";
import { mode, toast } from "./view";

interface Step {
  /** The work before the step, or after it in the list of what was undone. */
  work: Work;
  part: Part;
  /** Where it was typed; null if it was not. */
  place: string | null;
}

const past = signal<readonly Step[]>([]);
const future = signal<readonly Step[]>([]);
export const canUndo = computed(() => past.value.length > 0);
export const canRedo = computed(() => future.value.length > 0);

const STEPS_MAX = 200;
/** Texts of steps are kept up to this size altogether, but always those of the last step. */
const CHARS_MAX = 60_000_000;
const TYPING_MS = 1_000;

/** Records a step for each change from now on. */
export function watchWork(): void {
  let last = untracked(workNow);
  let [lastPlace, lastTime]: [string | null, number] = [null, 0];
  effect(() => {
    const now = workNow();
    const part = partOf(last, now);
    const typing = typingNow();
    const place = typing?.place ?? null;
    if (part === null) return;
    const before = last;
    last = now;
    if (isRestoring) return;
    const step = past.peek().at(-1);
    // settings are more than a text, which may be the same although they differ
    if (typing?.isUndo && part !== "settings" && step?.place === place) {
      lastPlace = null;
      if (step.work[part].text === now[part].text) past.value = past.peek().slice(0, -1);
      return;
    }
    const isMore = place !== null && place === lastPlace && Date.now() - lastTime < TYPING_MS;
    [lastPlace, lastTime] = [place, Date.now()];
    untracked(() => {
      future.value = [];
      toast.value = null;
      if (!isMore) past.value = bounded([...past.value, { work: before, part, place }]);
    });
  });
}

function bounded(steps: readonly Step[]): readonly Step[] {
  let size = 0;
  const first = steps.findLastIndex(({ work }) => (size += chars(work)) > CHARS_MAX);
  return steps.slice(Math.max(Math.min(first + 1, steps.length - 1), steps.length - STEPS_MAX));
}

let isRestoring = false;

export function undo(): void {
  move(past, future, "Undone");
}

export function redo(): void {
  move(future, past, "Redone");
}

function move(from: typeof past, to: typeof past, said: string): void {
  const step = from.value.at(-1);
  if (step === undefined) return;
  const now = workNow();
  from.value = from.value.slice(0, -1);
  to.value = [...to.value, { ...step, work: now }];
  isRestoring = true;
  applyWork(step.work);
  isRestoring = false;
  mode.value = step.part === "check" ? "check" : "plan";
  toast.value = null;
  announcement.value = `${said}: ${NAMES[step.part]}`;
}

const NAMES: Record<Part, string> = {
  event: "the event",
  settings: "the settings",
  check: "the body",
};

/** Ctrl+Z and Ctrl+Y, or their like, outside of texts, which have an undo of their own. */
export function undoByKey(event: KeyboardEvent): void {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  const isText = target.matches("input:not([type='checkbox']), textarea, [contenteditable='true']");
  if (isText) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) redo();
  else undo();
}
