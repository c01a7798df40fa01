// Check mode: an editor for any Kochava body, and the rules of Kochava's guide that the body
// breaks.

import { batch, computed } from "@preact/signals";
import { Code } from "../../../ui/editor/code";
import type { Diagnostic } from "../../../ui/editor/editor";
import { bodyName, checkRevealed, checkText, findings } from "../state/check";
import { redo, undo } from "../state/history";
import { typing } from "../state/typing";
import { toast } from "../state/view";
import { bodies } from "./bodies";
import { Findings } from "./findings";

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
          onUndo={undo}
          onRedo={redo}
        />
      </section>
      <section class="panel result" aria-labelledby="findings-title">
        <h2 id="findings-title" class="visually-hidden" tabIndex={-1}>
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
  const hadOwn = bodyName.value === "" && checkText.value.trim() !== "";
  batch(() => {
    checkText.value = body.text;
    bodyName.value = name;
  });
  if (hadOwn) toast.value = "A sample is in place of your body.";
}

function type(text: string, isUndo: boolean): void {
  const change = () => {
    checkText.value = text;
    bodyName.value = "";
  };
  typing("check", change, isUndo);
}

const checkDiagnostics = computed<Diagnostic[]>(() =>
  findings.value.flatMap(({ at, severity, message }) =>
    at === null ? [] : [{ at, message, severity: severity === "refuse" ? "error" : "warning" }],
  ),
);
