// The rules that an event breaks: sentence, code, field and source.

import type { AdvisedViolation, ExplainedFate } from "kochava-edge";
import { sentence } from "../../../ui/lib/format";
import { Icon } from "../../../ui/components/icons";
import { InlineCode } from "../../../ui/components/inline-code";
import { withGuides } from "../lib/guides";
import { ruleOf } from "../state/check";
import { revealed } from "../state/highlight";
import { placeOf, problemsOf } from "../state/diagnostics";
import { readAs } from "../state/sender";
import { tab } from "../state/view";
import { AdviceView } from "./advice";
import { NamePaths } from "./unknown-format";

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
  problem: AdvisedViolation;
  fate: ExplainedFate;
}) {
  const at = placeOf(problem, fate);
  const { advice } = problem;
  const show = () => {
    tab.value = "event";
    revealed.value = at === null ? null : { at, isFocused: true };
  };
  return (
    <li class={`problem problem-${severity}`}>
      <Icon name={severity === "error" ? "refused" : "warning"} />
      <div>
        <p>
          <InlineCode text={sentence(problem.message)} />
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
        {isAboutName(problem.code) ? <NamePaths /> : <AdviceView advice={advice} />}
        <Source code={problem.code} />
      </div>
    </li>
  );
}

/** Whether mapping the name of an event mends a problem. */
export const isAboutName = (code: string): boolean =>
  code === "unrecognized-format" || (code === "event-name-missing" && readAs.value === "generic");

export function Source({ code }: { code: string }) {
  const rule = ruleOf(code);
  if (rule === undefined) return null;
  return (
    <p class="source">
      {withGuides(rule.source).map(({ text, url }, number) =>
        url === null ? (
          <InlineCode key={number} text={text} />
        ) : (
          <a key={number} href={url} target="_blank" rel="noreferrer">
            {text}
          </a>
        ),
      )}
    </p>
  );
}
