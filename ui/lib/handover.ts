// Hands an event over from the console to the preview, in a tab that the console opens.
//
// The event goes from tab to tab by a channel whose name is random and stands in the new tab's
// address; it is neither in a link nor in any storage. The new tab has no opener, so that it does not
// get a copy of the console's session storage, where the operator's token is.

const PARAMETER = "event";
/** The new tab loads in less. */
const WAIT_MS = 60_000;
const ANSWER_MS = 2_000;

const channelOf = (key: string) => new BroadcastChannel(`kochava-edge:${key}`);

/** Opens the preview in a new tab, with what a fragment says and this event. */
export function openPreview(fragment: string, event?: string): void {
  if (event === undefined) {
    open(`./${fragment}`, "_blank", "noopener");
    return;
  }
  const key = crypto.randomUUID();
  const channel = channelOf(key);
  const timer = setTimeout(() => channel.close(), WAIT_MS);
  channel.onmessage = () => {
    channel.postMessage(event);
    clearTimeout(timer);
    channel.close();
  };
  open(`./?${PARAMETER}=${key}${fragment}`, "_blank", "noopener");
}

/** Returns the event that this tab was opened with, once; null if there is none. */
export async function takeEvent(): Promise<string | null> {
  const key = new URLSearchParams(location.search).get(PARAMETER);
  if (key === null) return null;
  history.replaceState(null, "", location.pathname + location.hash);
  const channel = channelOf(key);
  const answer = new Promise<string | null>((resolve) => {
    channel.onmessage = ({ data }) => resolve(typeof data === "string" ? data : null);
    setTimeout(() => resolve(null), ANSWER_MS);
  });
  channel.postMessage(null);
  const event = await answer;
  channel.close();
  return event;
}
