// Proposed settings for an event: every field with its candidates and why, accepted as a whole or
// line by line.

import { useSignal, type Signal } from "@preact/signals";
import type { Proposal, ProposedField } from "kochava-edge";
import { InlineCode } from "../../../ui/components/inline-code";
import { schemaOf } from "../lib/schema";
import { keysOf } from "../lib/setting-path";
import { titleOf } from "../state/engine";
import {
  acceptAll,
  acceptOne,
  askForProposal,
  closeProposal,
  isOffered,
  lacksAppGuid,
  proposal,
  type Choices,
} from "../state/proposal";

export function ProposalCard() {
  const proposed = proposal.value;
  if (proposed !== null) return <Card key={proposed.source} proposed={proposed} />;
  return isOffered.value ? <Offer /> : null;
}

/** One line, so that the verdict stays in view. */
function Offer() {
  return (
    <p class="offer">
      <span>These are a sample's settings, not yours.</span>
      <button type="button" class="button" onClick={askForProposal}>
        Propose settings for this event
      </button>
    </p>
  );
}

function Card({ proposed }: { proposed: Proposal }) {
  const guid = useSignal("");
  const isAsking = useSignal(false);
  const choices = useSignal<Choices>({});
  const found = proposed.fields.filter(
    ({ candidates, expected }) => candidates.length > 0 || expected !== null,
  );
  const missing = proposed.fields.filter((field) => !found.includes(field));
  const lacksGuid = lacksAppGuid();
  const accept = () => {
    isAsking.value = lacksGuid && guid.value.trim() === "";
    if (isAsking.value) document.getElementById("proposal-guid")?.focus();
    else acceptAll(proposed, choices.value, guid.value.trim());
  };
  return (
    <section class="card proposal" aria-labelledby="proposal-title">
      <header class="card-head">
        <h3 id="proposal-title">Proposed settings</h3>
        <span class="grow" />
        <button type="button" class="text-button" onClick={closeProposal}>
          Not now
        </button>
      </header>
      <p class="proposal-text">
        For this event
        {proposed.source !== null && ` of ${titleOf(proposed.source)}`}. Check each path: a name and
        a shape can mislead.
      </p>
      <div class="proposal-guid">
        {lacksGuid && <GuidInput guid={guid} isAsking={isAsking.value} onEnter={accept} />}
        <button type="button" class="button button-main" onClick={accept}>
          Use all of it
        </button>
      </div>
      <ul class="proposed" aria-label="Proposed paths">
        {found.map((field) => (
          <Line
            key={field.setting}
            field={field}
            path={choices.value[field.setting] ?? field.chosen ?? field.expected}
            isLeftOut={choices.value[field.setting] === null}
            onChoose={(path) => (choices.value = { ...choices.value, [field.setting]: path })}
          />
        ))}
      </ul>
      {missing.length > 0 && (
        <p class="proposal-text muted">
          Nothing in this event fits: {missing.map(({ setting }) => nameOf(setting)).join(", ")}.
        </p>
      )}
    </section>
  );
}

interface GuidProps {
  guid: Signal<string>;
  isAsking: boolean;
  onEnter(): void;
}

function GuidInput({ guid, isAsking, onEnter }: GuidProps) {
  return (
    <>
      <label for="proposal-guid">App GUID of your app</label>
      <input
        class="input mono"
        id="proposal-guid"
        value={guid.value}
        placeholder="Kochava's dashboard: All Apps"
        spellcheck={false}
        autocomplete="off"
        aria-invalid={isAsking}
        aria-describedby="proposal-guid-fault"
        onInput={(event) => (guid.value = event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && onEnter()}
      />
      <p class="row-note" id="proposal-guid-fault" role={isAsking ? "alert" : undefined}>
        {isAsking && "Kochava drops events without the App GUID of an app."}
      </p>
    </>
  );
}

const nameOf = (setting: string): string => schemaOf(keysOf(setting)).title;

interface LineProps {
  field: ProposedField;
  path: string | null;
  isLeftOut: boolean;
  onChoose(path: string | null): void;
}

function Line({ field: { setting, candidates, expected }, path, isLeftOut, onChoose }: LineProps) {
  const shown = isLeftOut ? null : path;
  const why =
    expected !== null && shown === expected
      ? "required, and nothing in this event fits: the app is to send it here"
      : candidates.find((each) => each.path === shown)?.why;
  const paths = [
    ...new Set([...candidates.map((each) => each.path), ...(expected === null ? [] : [expected])]),
  ];
  return (
    <li class="proposed-line">
      <span class="proposed-name">{nameOf(setting)}</span>
      <select
        class="input mono"
        aria-label={`Path for ${nameOf(setting)}`}
        value={shown ?? ""}
        onChange={(event) => onChoose(event.currentTarget.value || null)}
      >
        {paths.map((each) => (
          <option key={each}>{each}</option>
        ))}
        <option value="">Not mapped</option>
      </select>
      <button
        type="button"
        class="text-button"
        aria-label={`Use ${shown ?? "nothing"} for ${nameOf(setting)}`}
        disabled={shown === null}
        onClick={() => shown !== null && acceptOne(setting, shown)}
      >
        Use
      </button>
      <span class="proposed-why">{why === undefined ? "" : <InlineCode text={why} />}</span>
    </li>
  );
}
