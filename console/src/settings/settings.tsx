// The settings of each sync as they are in force. They are changed by a deployment, not here.

import { useEffect } from "preact/hooks";
import { CopyButton } from "../../../ui/components/copy-button";
import { Code } from "../../../ui/editor/code";
import { createEditor, loadEditor } from "../../../ui/editor/editor";
import { openPreview } from "../../../ui/lib/handover";
import { pretty } from "../../../ui/lib/json";
import { fragmentOf } from "../../../ui/lib/settings-link";
import { useQuery } from "../api/query";
import type { LiveSettings, SyncSettings } from "../api/types";
import { syncTitle } from "../lib/words";
import { Answered, Nothing } from "../parts/answered";
import { FaultList } from "../parts/fault-list";
import { Time } from "../parts/time";
import { syncQuery } from "../state/route";
import { TestEvent } from "./test-event";

export function SettingsView() {
  const query = useQuery<LiveSettings>("/settings", { every: 60 });
  useEffect(() => {
    if (createEditor.value === null) void loadEditor();
  }, []);
  return (
    <>
      <h2>Settings</h2>
      <p class="lead">
        As they are in force now, without secrets. To change them, edit <code>wrangler.toml</code>{" "}
        and deploy.
      </p>
      <Answered query={query} what="the settings">
        {({ syncs }) => <Syncs syncs={syncs} />}
      </Answered>
    </>
  );
}

function Syncs({ syncs }: { syncs: SyncSettings[] }) {
  const chosen = syncQuery();
  const shown = syncs.filter(({ sync }) => chosen === undefined || syncTitle(sync) === chosen);
  if (shown.length === 0) return <Nothing title="No such sync">Choose another one.</Nothing>;
  return (
    <>
      {shown.map((each) => (
        <Sync key={each.sync} sync={each} isOnly={syncs.length === 1} />
      ))}
    </>
  );
}

function Sync({ sync: each, isOnly }: { sync: SyncSettings; isOnly: boolean }) {
  const { sync, settings, since, faults, document } = each;
  const inForce = document === null ? "Settings with faults" : "Settings in force";
  const title = isOnly ? inForce : `Sync ${syncTitle(sync)}`;
  return (
    <section class="card" aria-label={title}>
      <header class="card-head">
        <h3>{title}</h3>
        {settings !== null && <code title={settings}>{settings.slice(0, 8)}</code>}
        {since !== null && (
          <span class="muted">
            since <Time at={since} />
          </span>
        )}
        <span class="grow" />
        {document !== null && (
          <>
            <CopyButton label="Copy JSON" text={() => pretty(document)} />
            <button
              type="button"
              class="button"
              onClick={async () => openPreview(await fragmentOf(document))}
            >
              Open in the preview
            </button>
          </>
        )}
      </header>
      <FaultList faults={faults} />
      {document !== null && (
        <div class="settings-text" style={{ "--lines": pretty(document).split("\n").length }}>
          <Code
            id={`settings-${syncTitle(sync)}`}
            label={`${title}, as JSON`}
            text={pretty(document)}
            isReadOnly
          />
        </div>
      )}
      <TestEvent sync={each} />
    </section>
  );
}
