// The fate of one event: the requests that are sent, or the reason why none is.

import type { Advice, ExplainedFate, KochavaRequest } from "kochava-edge";
import { asCurl } from "../lib/curl";
import { pretty } from "../../../ui/lib/json";
import { count, sentence } from "../../../ui/lib/format";
import { CopyButton } from "../../../ui/components/copy-button";
import { Icon } from "../../../ui/components/icons";
import { InlineCode } from "../../../ui/components/inline-code";
import { checkBody } from "../state/check";
import { hasCredentials } from "../state/settings";
import { eventName } from "../state/event-names";
import { readAs } from "../state/sender";
import { AdviceView } from "./advice";
import { AppUsed } from "./app-used";
import { Problems } from "./problems";
import { RequestView } from "../../../ui/trace/request";
import { SenderHint } from "./sender-hint";
import { Trace } from "../../../ui/trace/trace";
import { NamePaths } from "./unknown-format";

export function FateView({ fate }: { fate: ExplainedFate }) {
  return (
    <article class="fate" aria-labelledby="fate-title">
      <Verdict fate={fate} />
      <SenderHint fate={fate} />
      {fate.fate === "skipped" && <SkipReason code={fate.code} advice={fate.advice} />}
      <Problems fate={fate} />
      <AppUsed fields={fate.fields} />
      {fate.fate === "ready" &&
        fate.requests.map((request, number) => (
          <RequestView
            key={number}
            request={request}
            number={number}
            of={fate.requests.length}
            fields={fate.fields}
            onCheck={checkBody}
          />
        ))}
      <Trace fields={fate.fields} />
    </article>
  );
}

function Verdict({ fate }: { fate: ExplainedFate }) {
  return (
    <div class={`verdict verdict-${fate.fate}`}>
      <span class="verdict-sign">
        <Icon name={fate.fate} />
      </span>
      <div class="verdict-text">
        <h3 id="fate-title">{TITLES[fate.fate]}</h3>
        <p>
          <InlineCode text={summaryOf(fate)} />
        </p>
      </div>
      <div class="actions">
        {fate.fate === "ready" && (
          <CopyButton
            label="Copy curl"
            text={() => asCurl(fate.requests)}
            title={
              hasCredentials.value
                ? "Copy as curl commands, including the API key and the signature"
                : "Copy as curl commands"
            }
          />
        )}
        <CopyButton
          label="Copy JSON"
          title="Copy this result of plan() as JSON"
          text={() => pretty(withoutTrace(fate))}
        />
      </div>
      {fate.fate === "ready" && hasCredentials.value && (
        <p class="verdict-note">
          The copied curl command includes your API key and the signature of this body.
        </p>
      )}
    </div>
  );
}

/** What the button says that has a skipped event sent. */
const MENDS: Record<string, string> = {
  disabled: "Switch it on",
  "source-not-selected": "Add its sender",
  "events-not-sent": "Send events",
  "users-not-sent": "Send users",
  "user-payloads-not-sent": "Send user payloads, too",
  "not-selected": "Add it",
  "derived-revenue": "Add it",
  "identity-empty": "Send all user properties",
};

function SkipReason({ code, advice }: { code: string; advice: Advice }) {
  const isUnnamed = code === "not-selected" && advice.patch.length === 0;
  return (
    <div class="problem problem-choice">
      <Icon name="skipped" />
      <div>
        <p>
          {code === "not-selected" ? (
            <>
              Not sent:{" "}
              {eventName.value === "*" ? "an event without a name" : <em>{eventName.value}</em>}{" "}
              matches none of the selected events.
            </>
          ) : advice.settings.length === 0 ? (
            "Not sent, whatever the settings are."
          ) : (
            "Not sent because of a setting."
          )}
        </p>
        <p class="problem-facts">
          <code class="code-name">{code}</code>
        </p>
        <AdviceView advice={advice} mend={MENDS[code]} />
        {isUnnamed && readAs.value === "generic" && <NamePaths />}
      </div>
    </div>
  );
}

const TITLES = { ready: "Ready", skipped: "Skipped", refused: "Refused" };

function summaryOf(fate: ExplainedFate): string {
  if (fate.fate === "skipped") return sentence(fate.message);
  if (fate.fate === "refused")
    return fate.violations.length === 1
      ? "Not sent: it breaks a rule."
      : `Not sent: it breaks ${fate.violations.length} rules.`;
  const warnings =
    fate.warnings.length === 0 ? "" : `, with ${count(fate.warnings.length, "warning")}`;
  return `${requestsOf(fate.requests)}${warnings}.`;
}

function requestsOf(requests: readonly KochavaRequest[]): string {
  const [first] = requests;
  if (requests.length > 1) return `${count(requests.length, "request")} to Kochava, in order`;
  return first?.kind === "identity" ? "One identity to Kochava" : "One event to Kochava";
}

/** Returns the fate as `plan` gives it, without what `explain` adds. */
function withoutTrace({ at: _, fields: __, ...fate }: ExplainedFate) {
  return JSON.parse(JSON.stringify(fate, (key, value) => (key === "advice" ? undefined : value)));
}
