// Check mode: an editor for any Kochava body, and the rules of Kochava's guide that the body
// breaks.

import { computed } from "@preact/signals";
import { Code } from "../../../ui/editor/code";
import type { Diagnostic } from "../../../ui/editor/editor";
import { count, sentence } from "../../../ui/lib/format";
import { Icon } from "../../../ui/components/icons";
import { InlineCode } from "../../../ui/components/inline-code";
import { Source } from "../result/problems";
import { bodyName, checked, checkRevealed, checkText, findings, type Found } from "../state/check";
import { bodies } from "./bodies";

export function CheckView() {
  return (
    <main class="columns columns-check">
      <section class="panel" aria-labelledby="body-title">
        <header class="panel-head">
          <h2 id="body-title">Body</h2>
          <select
            class="input grow"
            aria-label="Sample body"
            value={bodyName.value}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            <option value="" disabled hidden>
              Your own body
            </option>
            {bodies.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </header>
        <Code
          id="check-code"
          label="Kochava body, as JSON"
          text={checkText.value}
          diagnostics={checkDiagnostics.value}
          reveal={checkRevealed.value}
          onText={type}
        />
      </section>
      <section class="panel result" aria-labelledby="findings-title">
        <h2 id="findings-title" class="visually-hidden">
          Findings
        </h2>
        <div class="result-body" aria-live="polite">
          <Findings />
        </div>
      </section>
    </main>
  );
}

function choose(name: string): void {
  const body = bodies.find((each) => each.name === name);
  if (body === undefined) return;
  checkText.value = body.text;
  bodyName.value = name;
}

function type(text: string): void {
  checkText.value = text;
  bodyName.value = "";
}

const checkDiagnostics = computed<Diagnostic[]>(() =>
  findings.value.flatMap(({ at, severity, message }) =>
    at === null ? [] : [{ at, message, severity: severity === "refuse" ? "error" : "warning" }],
  ),
);

function Findings() {
  const result = checked.value;
  if (result === null) {
    return (
      <div class="empty">
        <h3>Nothing to check yet</h3>
        <p>
          Paste the body of any call to Kochava: an install, an event, an update or an identity. It
          is checked against Kochava's guide.
        </p>
      </div>
    );
  }
  const { violations, warnings, kind } = result;
  const isValid = violations.length === 0;
  return (
    <article class="fate">
      <div class={`verdict verdict-${isValid ? "ready" : "refused"}`}>
        <span class="verdict-sign">
          <Icon name={isValid ? "ready" : "refused"} />
        </span>
        <div class="verdict-text">
          <h3>{isValid ? "Follows the guide" : `Breaks ${count(violations.length, "rule")}`}</h3>
          <p>
            {kind === null ? "This is not the body of a call." : `Read as ${KINDS[kind]}.`}
            {warnings.length > 0 && ` ${count(warnings.length, "warning")}.`}
          </p>
        </div>
      </div>
      {findings.value.length > 0 && (
        <ul class="problems">
          {findings.value.map((found, number) => (
            <Finding key={number} found={found} />
          ))}
        </ul>
      )}
    </article>
  );
}

const KINDS = {
  install: "an install",
  event: "a post-install event",
  update: "an update",
  identity: "an identity (IdentityLink)",
};

function Finding({ found: { code, message, pointer, severity, at } }: { found: Found }) {
  return (
    <li class={`problem problem-${severity === "refuse" ? "error" : "warning"}`}>
      <Icon name={severity === "refuse" ? "refused" : "warning"} />
      <div>
        <p>
          <InlineCode text={sentence(message)} />
        </p>
        <p class="problem-facts">
          <code class="code-name">{code}</code>
          {at === null ? (
            <code>{pointer}</code>
          ) : (
            <button
              type="button"
              class="text-button"
              onClick={() => (checkRevealed.value = { at, isFocused: true })}
            >
              <code>{pointer === "" ? "the whole body" : pointer}</code>
            </button>
          )}
        </p>
        <Source code={code} />
      </div>
    </li>
  );
}
