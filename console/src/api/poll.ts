// Asks again and again while the tab is visible.

/**
 * Calls `read` now and again after the milliseconds that it answers, until it answers null; not while
 * the tab is hidden, and at once when it is shown again. Returns its end, which aborts what is read.
 */
export function poll(read: (signal: AbortSignal) => Promise<number | null>): () => void {
  const end = new AbortController();
  let timer = 0;
  let isOver = false;
  const next = async () => {
    clearTimeout(timer);
    if (isOver) return;
    try {
      const wait = await read(end.signal);
      if (end.signal.aborted) return;
      isOver = wait === null;
      if (wait !== null && !document.hidden) timer = window.setTimeout(next, wait);
    } catch (error) {
      // the view was left
      if (!end.signal.aborted) throw error;
    }
  };
  const onVisible = () => {
    if (document.hidden) clearTimeout(timer);
    else void next();
  };
  document.addEventListener("visibilitychange", onVisible);
  void next();
  return () => {
    end.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisible);
  };
}
