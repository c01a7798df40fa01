// What is wrong with an event: the rule, who says so, and where.

import type { ExplainedFate, Violation } from "kochava-edge";
import { sentence } from "../lib/words";
import { Icon } from "../parts/icons";
import { Prose } from "../parts/prose";
import { ruleOf } from "../state/check";
import { revealed } from "../state/light";
import { placeOf, problemsOf } from "../state/marks";
import { tab } from "../state/view";

export function Problems({ fate }: { fate: ExplainedFate }) {
  const problems = problemsOf(fate);
  if (problems.length === 0) return null;
  return (
    <section aria-label="Problems">
      <ul class="problems">
        {problems.map(({ severity, problem }, number) => (
          <Problem key={number} severity={severity} problem={problem} fate={fate} />
        ))}
      </ul>
    </section>
  );
}

function Problem({
  severity,
  problem,
  fate,
}: {
  severity: "error" | "warning";
  problem: Violation;
  fate: ExplainedFate;
}) {
  const at = placeOf(problem, fate);
  const show = () => {
    tab.value = "event";
    revealed.value = at === null ? null : { at, isFocused: true };
  };
  return (
    <li class={`problem problem-${severity}`}>
      <Icon name={severity === "error" ? "refused" : "warning"} />
      <div>
        <p>
          <Prose text={sentence(problem.message)} />
        </p>
        <p class="problem-facts">
          <code class="code-name">{problem.code}</code>
          {problem.field !== "" && (
            <span>
              field <code>{problem.field}</code>
            </span>
          )}
          {at !== null && (
            <button type="button" class="text-button" onClick={show}>
              Show in the event
            </button>
          )}
        </p>
        <Source code={problem.code} />
      </div>
    </li>
  );
}

export function Source({ code }: { code: string }) {
  const rule = ruleOf(code);
  if (rule === undefined) return null;
  return (
    <p class="source">
      <Prose text={rule.source} />
    </p>
  );
}
