// What the check found: for each body its kind, and each rule that it breaks with its line.

import { Icon } from "../../../ui/components/icons";
import { InlineCode } from "../../../ui/components/inline-code";
import { count, sentence } from "../../../ui/lib/format";
import { looksLikeAnEvent, checkedBodies, checkRevealed, checkText, lineOf } from "../state/check";
import type { CheckedBody, Found } from "../state/check";
import { Source } from "../result/problems";
import { previewEvent } from "../state/event";
import { toast } from "../state/view";
import { rightSpelling, withKeyRenamed } from "./spelling";
import { standardName } from "./standard-name";

export function Findings() {
  const all = checkedBodies.value;
  const [first] = all;
  if (first === undefined) return <NothingYet />;
  const broken = all.filter(({ violations }) => violations > 0).length;
  if (all.length === 1) return <Body body={first} title={titleOf(first)} />;
  return (
    <>
      <p class="batch-note">
        These are {count(all.length, "body", "bodies")}. Kochava takes one object a request, so each
        is checked by itself:{" "}
        {broken === 0 ? "all follow the guide" : `${broken} of ${all.length} break rules`}.
      </p>
      {all.slice(0, SHOWN_MAX).map((body, number) => (
        <Body key={number} body={body} title={`${number + 1}. ${titleOf(body)}`} />
      ))}
      {all.length > SHOWN_MAX && (
        <p class="batch-note">
          The first {SHOWN_MAX} are shown. The command line checks any number: npx kochava-edge
          check FILE
        </p>
      )}
    </>
  );
}

/** Bodies that are shown; all are checked. */
const SHOWN_MAX = 100;

function NothingYet() {
  return (
    <div class="empty">
      <h3>Nothing to check yet</h3>
      <p>
        Paste the body of any call to Kochava, or several as a list or one a line: installs, events,
        updates, identities. Each is checked against Kochava's guide.
      </p>
    </div>
  );
}

const titleOf = ({ violations }: CheckedBody): string =>
  violations === 0 ? "Follows the guide" : `Breaks ${count(violations, "rule")}`;

function Body({
  body: { kind, findings, violations, at },
  title,
}: {
  body: CheckedBody;
  title: string;
}) {
  const isValid = violations === 0;
  const warnings = findings.length - violations;
  return (
    <article class="fate">
      <div class={`verdict verdict-${isValid ? "ready" : "refused"}`}>
        <span class="verdict-sign">
          <Icon name={isValid ? "ready" : "refused"} />
        </span>
        <div class="verdict-text">
          <h3>{title}</h3>
          <p>
            {kind === null ? "This is not the body of a call." : `Read as ${KINDS[kind]}.`}
            {warnings > 0 && ` ${count(warnings, "warning")}.`}
          </p>
        </div>
      </div>
      {looksLikeAnEvent(checkText.value.slice(...at)) && (
        <EventHint text={checkText.value.slice(...at)} />
      )}
      {findings.length > 0 && (
        <ul class="problems">
          {findings.map((found, number) => (
            <Finding key={number} found={found} bodyAt={at} />
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

/** Shown for an event of a sender in place of a call. */
function EventHint({ text }: { text: string }) {
  return (
    <div class="problem problem-choice">
      <Icon name="arrow" />
      <div>
        <p>This looks like an event of a sender, not like a call to Kochava.</p>
        <p class="choices">
          <button type="button" class="button" onClick={() => previewEvent(text)}>
            Preview it
          </button>
        </p>
      </div>
    </div>
  );
}

function Finding({ found, bodyAt }: { found: Found; bodyAt: CheckedBody["at"] }) {
  const { code, message, pointer, severity, at } = found;
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
          {at !== null && <span>line {lineOf(at[0])}</span>}
        </p>
        <Spelling found={found} bodyAt={bodyAt} />
        <Source code={code} />
      </div>
    </li>
  );
}

/** What was probably meant: another key, or the name of a standard event. */
function Spelling({ found, bodyAt: [start, end] }: { found: Found; bodyAt: CheckedBody["at"] }) {
  const { code, pointer, at } = found;
  const text = checkText.value;
  const name = code === "event-name-near-standard" && at !== null ? text.slice(...at) : null;
  const right =
    name !== null
      ? standardName(String(JSON.parse(name)))
      : /unknown|misspelt/.test(code)
        ? rightSpelling(pointer)
        : null;
  if (right === null) return null;
  const rename = () => {
    checkText.value =
      name !== null && at !== null
        ? text.slice(0, at[0]) + JSON.stringify(right) + text.slice(at[1])
        : text.slice(0, start) +
          withKeyRenamed(text.slice(start, end), pointer, right) +
          text.slice(end);
    toast.value = `Renamed to ${right}.`;
  };
  return (
    <p class="choices">
      <span>Did you mean</span>
      <button type="button" class="button" aria-label={`Rename it to ${right}`} onClick={rename}>
        <code>{right}</code>
      </button>
    </p>
  );
}
