// Says what an event looks like that has the shape of no known sender.

import type { ExplainedFate } from "kochava-edge";
import { Icon } from "../../../ui/components/icons";
import { checkBody, looksLikeKochavas } from "../state/check";
import { settledText } from "../state/event";
import { detectedSource, readAs } from "../state/sender";
import { isAboutName } from "./problems";
import { goTo } from "../state/settings-navigation";

export function SenderHint({ fate }: { fate: ExplainedFate }) {
  if (detectedSource.value !== null || readAs.value !== "generic") return null;
  const text = settledText.value.slice(...fate.at);
  if (looksLikeKochavas(text)) return <KochavaHint text={text} />;
  // then the problem itself leads there
  const lacksName =
    fate.fate === "refused" && fate.violations.some(({ code }) => isAboutName(code));
  return (
    <div class="problem problem-choice">
      <Icon name="arrow" />
      <div>
        <p>
          <strong>Unknown sender.</strong> Its shape is that of no known sender, so it is read as
          any JSON, by what the settings map.
        </p>
        {!lacksName && (
          <p class="problem-facts">
            <button type="button" class="text-button" onClick={() => goTo("mapping.event_name")}>
              Show <code>mapping.event_name</code>
            </button>
          </p>
        )}
      </div>
    </div>
  );
}

/** Shown for a call to Kochava in place of an event. */
export function KochavaHint({ text }: { text: string }) {
  return (
    <div class="problem problem-choice">
      <Icon name="arrow" />
      <div>
        <p>
          <strong>This looks like a call to Kochava,</strong> not like an event of a sender. It can
          be checked against Kochava's guide.
        </p>
        <p class="choices">
          <button type="button" class="button" onClick={() => checkBody(text)}>
            Check this body
          </button>
        </p>
      </div>
    </div>
  );
}
