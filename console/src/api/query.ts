// Reads a path and keeps what it answered up to date while its view and the tab are visible.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { request, type Fault } from "./client";

export interface Query<T> {
  /** The last answer, also while a newer one is on its way or could not be had. */
  value: T | undefined;
  /** The exact text of that answer. */
  text: string;
  /** When it arrived, in milliseconds since 1970. */
  at: number;
  fault: Fault | null;
  refresh(): void;
}

interface Settings {
  /** Seconds after which it is read again; once if left out. */
  every?: number;
  mayBeMissing?: boolean;
  isHealth?: boolean;
}

interface Kept {
  value: unknown;
  text: string;
  at: number;
}

/** The last answers, so that a view that is opened again shows something at once. */
const kept = new Map<string, Kept>();
const KEPT_MAX = 60;

export function forgetAnswers(): void {
  kept.clear();
}

/** Reads `path`, null for nothing yet. */
export function useQuery<T>(path: string | null, settings: Settings = {}): Query<T> {
  const { every } = settings;
  const state = useSignal<{ path: string | null; kept?: Kept; fault: Fault | null }>(stateOf(path));
  const turn = useSignal(0);
  // another path: never the answer of the one before
  const now = state.value.path === path ? state.value : stateOf(path);
  useEffect(() => {
    if (path === null) return undefined;
    return watch(path, settings, (fault) => {
      state.value = { ...stateOf(path), fault };
    });
  }, [path, every, turn.value]);
  return {
    value: now.kept?.value as T | undefined,
    text: now.kept?.text ?? "",
    at: now.kept?.at ?? 0,
    fault: now.fault,
    refresh: () => (turn.value += 1),
  };
}

const stateOf = (path: string | null) => ({
  path,
  kept: path === null ? undefined : kept.get(path),
  fault: null,
});

/** Reads a path at once and then at intervals, but not while the tab is hidden. Returns its end. */
function watch(
  path: string,
  { every, ...options }: Settings,
  onAnswer: (fault: Fault | null) => void,
): () => void {
  const end = new AbortController();
  let timer = 0;
  const read = async () => {
    clearTimeout(timer);
    try {
      const answer = await request<unknown>(path, { ...options, signal: end.signal });
      if (end.signal.aborted) return;
      if (answer.ok) keep(path, { value: answer.value, text: answer.text, at: Date.now() });
      onAnswer(answer.ok ? null : answer.fault);
    } catch {
      return; // the view was left
    }
    if (every !== undefined && !document.hidden) timer = window.setTimeout(read, every * 1_000);
  };
  const onVisible = () => {
    if (document.hidden) clearTimeout(timer);
    else if (every !== undefined) void read();
  };
  document.addEventListener("visibilitychange", onVisible);
  void read();
  return () => {
    end.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisible);
  };
}

function keep(path: string, answer: Kept): void {
  kept.delete(path);
  kept.set(path, answer);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_MAX) break;
    kept.delete(oldest);
  }
}
