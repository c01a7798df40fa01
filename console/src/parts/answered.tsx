// Shows what a query answered, or that it is loading, failed, or cannot be reached.

import type { ComponentChildren } from "preact";
import { Icon } from "../../../ui/components/icons";
import { sentence } from "../../../ui/lib/format";
import type { Fault } from "../api/client";
import type { Query } from "../api/query";

interface Props<T> {
  query: Query<T>;
  /** What is read, as it stands after "Loading": "the rejects". */
  what: string;
  children(value: T): ComponentChildren;
}

export function Answered<T>({ query, what, children }: Props<T>) {
  const { value, fault, refresh } = query;
  if (value !== undefined)
    return (
      <>
        {fault !== null && fault.kind !== "offline" && (
          <FaultNote fault={fault} what={what} onRetry={refresh} />
        )}
        {children(value)}
      </>
    );
  if (fault !== null) return <FaultNote fault={fault} what={what} onRetry={refresh} />;
  return (
    <p class="loading" role="status">
      Loading {what}…
    </p>
  );
}

export function FaultNote({
  fault,
  what,
  note,
  onRetry,
}: {
  fault: Fault;
  what: string;
  note?: string;
  onRetry?: () => void;
}) {
  return (
    <div class="problem problem-error" role="alert">
      <Icon name="warning" />
      <div>
        <p>
          {fault.kind === "offline"
            ? `Could not load ${what}: the Worker does not answer.`
            : `Could not load ${what}. ${sentence(fault.message)}`}
        </p>
        <p class="problem-facts">
          <code class="code-name">{fault.code}</code>
          {note !== undefined && <span>{note}</span>}
          {onRetry !== undefined && (
            <button type="button" class="text-button" onClick={onRetry}>
              Try again
            </button>
          )}
        </p>
      </div>
    </div>
  );
}

export function Nothing({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h3>{title}</h3>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}
