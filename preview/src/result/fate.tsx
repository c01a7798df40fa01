// One event's fate: what is sent, or why nothing is.

import type { ExplainedFate, KochavaRequest } from "kochava-edge";
import { asCurl } from "../lib/curl";
import { pretty } from "../lib/json";
import { count, sentence } from "../lib/words";
import { Copy } from "../parts/copy";
import { Icon } from "../parts/icons";
import { Prose } from "../parts/prose";
import { goTo } from "../state/places";
import { hasCredentials } from "../state/settings";
import { Problems } from "./problems";
import { RequestView } from "./request";
import { Trace } from "./trace";

export function FateView({ fate }: { fate: ExplainedFate }) {
  return (
    <article class="fate" aria-labelledby="fate-title">
      <Verdict fate={fate} />
      {fate.fate === "skipped" && <Choice code={fate.code} />}
      <Problems fate={fate} />
      {fate.fate === "ready" &&
        fate.requests.map((request, number) => (
          <RequestView
            key={number}
            request={request}
            number={number}
            of={fate.requests.length}
            fields={fate.fields}
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
          <Prose text={saidOf(fate)} />
        </p>
      </div>
      <div class="actions">
        {fate.fate === "ready" && (
          <Copy
            label="Copy curl"
            text={() => asCurl(fate.requests)}
            title={
              hasCredentials.value
                ? "Copies the API key and the token too: the command must work"
                : "Copy as curl commands"
            }
          />
        )}
        <Copy
          label="Copy JSON"
          title="Copy this fate as JSON, as plan() gives it"
          text={() => pretty(plain(fate))}
        />
      </div>
      {fate.fate === "ready" && hasCredentials.value && (
        <p class="verdict-note">
          The copied curl carries your API key and the token that signs this body.
        </p>
      )}
    </div>
  );
}

/** Which setting leaves an event out. */
const SETTINGS: Record<string, string> = {
  disabled: "enabled",
  "events-not-sent": "events.send",
  "users-not-sent": "users.send",
  "user-payloads-not-sent": "users.from",
  "test-traffic": "test_app_guid",
  "not-selected": "events.select",
  "identity-empty": "users.properties",
};

function Choice({ code }: { code: string }) {
  const setting = SETTINGS[code];
  return (
    <div class="problem problem-choice">
      <Icon name="skipped" />
      <div>
        <p>Your settings leave it out. Nothing is wrong with it, and nothing is sent.</p>
        <p class="problem-facts">
          <code class="code-name">{code}</code>
          {setting !== undefined && (
            <button type="button" class="text-button" onClick={() => goTo(setting)}>
              Show <code>{setting}</code>
            </button>
          )}
        </p>
      </div>
    </div>
  );
}

const TITLES = { ready: "Ready", skipped: "Skipped", refused: "Refused" };

function saidOf(fate: ExplainedFate): string {
  if (fate.fate === "skipped") return sentence(fate.message);
  if (fate.fate === "refused")
    return fate.violations.length === 1
      ? "It breaks a rule, so nothing is sent."
      : `It breaks ${fate.violations.length} rules, so nothing is sent.`;
  const warned =
    fate.warnings.length === 0 ? "" : `, with ${count(fate.warnings.length, "warning")}`;
  return `${sentOf(fate.requests)}${warned}.`;
}

function sentOf(requests: readonly KochavaRequest[]): string {
  const [first] = requests;
  if (requests.length > 1)
    return `${count(requests.length, "request")} to Kochava, one after the other`;
  return first?.kind === "identity" ? "One identity to Kochava" : "One event to Kochava";
}

/** The fate without its explanation. */
function plain({ at: _, fields: __, ...fate }: ExplainedFate) {
  return fate;
}
