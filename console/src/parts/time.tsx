// A moment as the operator's clock shows it; its full time on hover.

import { clock } from "../lib/time";

export function Time({ at }: { at: string }) {
  return (
    <time dateTime={at} title={at}>
      {clock(at)}
    </time>
  );
}
