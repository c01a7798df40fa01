// A tab for each sync, and the controls that add, name and remove one.

import { useSignal } from "@preact/signals";
import { Icon } from "../../../ui/components/icons";
import { namesBelow } from "../lib/schema";
import { variableOf } from "../lib/wrangler-toml";
import { SYNC_NAME } from "../lib/syncs";
import { activeSync, settings, setSyncs, showSync, syncs } from "../state/settings";
import { toast } from "../state/view";

export function SyncTabs() {
  const all = syncs.value;
  if (all.length === 1 && all[0]?.name === null) return null;
  return (
    <div class="panel-row sync-row">
      <div class="sync-tabs" role="group" aria-label="Syncs">
        {all.map(({ name }, index) => (
          <button
            type="button"
            key={name}
            aria-pressed={index === activeSync.value}
            title={variableOf(name)}
            onClick={() => showSync(index)}
          >
            {name ?? "without a name"}
          </button>
        ))}
      </div>
      <button type="button" class="text-button add" onClick={addSync}>
        <Icon name="add" /> Add a sync
      </button>
      {all[activeSync.value]?.name != null && <SyncName key={activeSync.value} />}
    </div>
  );
}

function SyncName() {
  const all = syncs.value;
  const name = all[activeSync.value]?.name ?? "";
  const typed = useSignal(name);
  const fault = faultOf(typed.value, name);
  const rename = () => {
    if (fault !== null || typed.value === name) return;
    setSyncs(all.map((sync) => (sync.name === name ? { ...sync, name: typed.value } : sync)));
  };
  return (
    <div class="sync-name">
      <label for="sync-name">Name</label>
      <input
        class="input mono grow"
        id="sync-name"
        value={typed.value}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={fault !== null}
        aria-describedby="sync-name-fault"
        onInput={(event) => (typed.value = event.currentTarget.value)}
        onChange={rename}
      />
      <button type="button" class="text-button" disabled={all.length === 1} onClick={removeSync}>
        Remove this sync
      </button>
      <p class="row-note" id="sync-name-fault">
        {fault}
      </p>
    </div>
  );
}

function faultOf(typed: string, name: string): string | null {
  if (!SYNC_NAME.test(typed)) return "A name has small letters, digits and underscores.";
  // SYNC_EU_EVENTS is the setting `events` of the sync `eu`
  if (namesBelow([]).some((key) => typed === key || typed.endsWith(`_${key}`)))
    return "A name cannot be that of a setting, nor end like one.";
  if (typed === "default") return "`default` stands for the sync without a name.";
  const isTaken = typed !== name && syncs.value.some((sync) => sync.name === typed);
  return isTaken ? "Another sync has this name." : null;
}

/** Adds a sync that begins with the settings of the one that is shown. */
export function addSync(): void {
  const names = new Set(syncs.value.map(({ name }) => name));
  let number = 2;
  while (names.has(`sync_${number}`)) number += 1;
  setSyncs([...syncs.value, { name: `sync_${number}`, value: settings.value }]);
  showSync(syncs.value.length - 1);
}

function removeSync(): void {
  const name = syncs.value[activeSync.value]?.name;
  setSyncs(syncs.value.filter((_, index) => index !== activeSync.value));
  toast.value = `The sync ${name} is removed.`;
}
