// One request as it is sent: URL, headers and body.

import { useSignal } from "@preact/signals";
import type { Explanation, KochavaRequest } from "kochava-edge";
import { linesOf, type Line } from "../lib/body-lines";
import { count } from "../lib/format";
import { CopyButton } from "../components/copy-button";
import { SegmentedControl } from "../components/segmented-control";
import { hoverHandlers } from "./handlers";
import { keyOf, useHighlighting } from "./highlight";

interface Props {
  request: KochavaRequest;
  number: number;
  of: number;
  fields: readonly Explanation[];
  /** Takes the body to the page's check, if it has one. */
  onCheck?(body: string): void;
}

export function RequestView({ request, number, of, fields, onCheck }: Props) {
  const view = useSignal<View>("pretty");
  const bytes = new TextEncoder().encode(request.body).length;
  return (
    <section class="card request" aria-label={`Request ${number + 1}: ${request.kind}`}>
      <header class="card-head">
        <h4>
          {of > 1 && `${number + 1}. `}
          {request.kind === "event" ? "Event" : "Identity"}
        </h4>
        <span class="muted">{count(bytes, "byte")}</span>
        <span class="grow" />
        <SegmentedControl
          label="Body format"
          value={view.value}
          onChoose={(value) => (view.value = value)}
          choices={VIEWS}
        />
      </header>
      <Head request={request} />
      {view.value === "pretty" ? (
        <PrettyBody body={request.body} number={number} fields={fields} />
      ) : (
        <pre class="bytes" tabIndex={0} aria-label="Body, exact bytes">
          {request.body}
        </pre>
      )}
      <footer class="card-foot">
        <CopyButton
          label="Copy body"
          title="Copy the exact bytes of the body"
          text={() => request.body}
        />
        {onCheck !== undefined && (
          <button type="button" class="text-button" onClick={() => onCheck(request.body)}>
            Check this body
          </button>
        )}
      </footer>
    </section>
  );
}

type View = "pretty" | "bytes";
const VIEWS = [
  ["pretty", "Pretty"],
  ["bytes", "Exact bytes"],
] as const;

function Head({ request: { method, url, headers } }: Pick<Props, "request">) {
  return (
    <>
      <p class="request-line">
        <b>{method}</b> <span>{url}</span>
      </p>
      <dl class="headers">
        {Object.entries(headers).map(([name, value]) => (
          <div key={name}>
            <dt>{name}: </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function PrettyBody({
  body,
  number,
  fields,
}: {
  body: string;
  number: number;
  fields: readonly Explanation[];
}) {
  const known = new Map(
    fields.filter(({ request }) => request === number).map((field) => [field.field, field]),
  );
  return (
    <div class="body" role="group" aria-label="Body">
      {linesOf(body).map((line, index) => (
        <BodyLine
          key={index}
          line={line}
          field={line.field === null ? undefined : known.get(line.field)}
        />
      ))}
    </div>
  );
}

function BodyLine({ line, field }: { line: Line; field: Explanation | undefined }) {
  const highlighting = useHighlighting();
  const isHighlighted = field !== undefined && highlighting.highlight.value.keys.has(keyOf(field));
  return (
    <div
      class="line"
      style={{ "--depth": line.depth }}
      data-highlighted={isHighlighted}
      data-key={field && keyOf(field)}
      {...(field === undefined ? {} : hoverHandlers(highlighting, field))}
    >
      <code>
        {line.key !== null && (
          <>
            <span class="tok-propertyName">{JSON.stringify(line.key)}</span>:{" "}
          </>
        )}
        <span class={CLASSES[line.kind]}>{line.text}</span>
        {line.comma && ","}
      </code>
      {field !== undefined && <Origin field={field} />}
    </div>
  );
}

const CLASSES = {
  string: "tok-string",
  number: "tok-number",
  word: "tok-bool",
  bracket: "tok-punctuation",
  object: "",
  array: "",
};

/** Where a value comes from: paths of the event, a setting, or a fixed value of the guide. */
function Origin({ field: { origin } }: { field: Explanation }) {
  if (origin.kind === "guide") return <span class="origin origin-guide">fixed value</span>;
  return (
    <span class="origin">
      <bdi>
        {origin.kind === "setting" ? `setting ${origin.setting}` : origin.paths.join(" + ")}
      </bdi>
    </span>
  );
}
