// The middle panel: the settings, as a form, as JSON or as lines of wrangler.toml.

import { computed, useSignal } from "@preact/signals";
import { Code } from "../../ui/editor/code";
import type { Diagnostic } from "../../ui/editor/editor";
import { Form } from "./form/form";
import { asWranglerToml } from "./lib/wrangler-toml";
import { CopyButton } from "../../ui/components/copy-button";
import { InlineCode } from "../../ui/components/inline-code";
import { SegmentedControl } from "../../ui/components/segmented-control";
import { examplesIn } from "./lib/example-guids";
import { fileDrop } from "./file-drop";
import { SyncTabs } from "./settings/sync-tabs";
import { openSettings, Whose } from "./settings/whose";
import { redo, undo } from "./state/history";
import {
  goTo,
  textRevealed,
  locatedSettings,
  placeOf,
  showInText,
} from "./state/settings-navigation";
import {
  faults,
  linkToSettings,
  hasCredentials,
  settingsText,
  settingsView,
  syncs,
  textFault,
  tomlText,
  typeSettings,
  typeToml,
} from "./state/settings";

export function SettingsPanel() {
  const view = settingsView.value;
  const isOver = useSignal(false);
  const fault = useSignal<string | null>(null);
  return (
    <section
      class="panel settings"
      id="settings"
      aria-labelledby="settings-title"
      {...fileDrop(isOver, (file) => void openSettings(file).then((said) => (fault.value = said)))}
    >
      <header class="panel-head">
        <h2 id="settings-title" tabIndex={-1}>
          Settings
        </h2>
        <SegmentedControl
          label="Settings view"
          value={view}
          onChoose={choose}
          choices={[
            ["form", "Form"],
            ["json", "JSON"],
            ["toml", "wrangler.toml"],
          ]}
        />
      </header>
      <Whose />
      <SyncTabs />
      {fault.value !== null && (
        <p class="banner banner-bad" role="alert">
          {fault.value}
        </p>
      )}
      <Faults />
      {view === "form" ? <Form /> : view === "json" ? <JsonEditor /> : <TomlEditor />}
      <footer class="panel-foot">
        <CopyButton
          label="Copy for wrangler.toml"
          isMain
          title="Copy the lines for wrangler.toml, without credentials"
          text={() => asWranglerToml(syncs.value)}
        />
        <CopyButton
          label="Copy link"
          icon="link"
          title="Copy a link to this page with these settings, without credentials and event"
          text={linkToSettings}
        />
        <span>{noteOnCopies()}</span>
      </footer>
      {isOver.value && <div class="drop">Drop wrangler.toml or settings to take them</div>}
    </section>
  );
}

function noteOnCopies(): string {
  if (textFault.value !== null) return "Both copy the last valid settings.";
  if (faults.value.length > 0) return "Both copy the settings with their errors.";
  if (syncs.value.some(({ value }) => examplesIn(value).length > 0))
    return "Put your own App GUIDs in place of the examples'. make deploy refuses these.";
  return hasCredentials.value ? "Both leave the credentials out." : "";
}

function choose(view: "form" | "json" | "toml"): void {
  textRevealed.value = null;
  settingsView.value = view;
}

/** A list of all errors; each links to its field. */
function Faults() {
  const broken = textFault.value;
  if (broken !== null) {
    return (
      <div class="banner banner-bad" role="alert">
        <strong>
          <InlineCode text={broken.message} />
        </strong>{" "}
        The result uses the last valid settings.{" "}
        {settingsView.value !== broken.in && <ShowButton fault={broken} />}
      </div>
    );
  }
  if (faults.value.length === 0) return null;
  return (
    <div class="banner banner-bad" role="alert">
      <strong>
        {faults.value.length === 1
          ? "1 setting has an error:"
          : `${faults.value.length} settings have errors:`}
      </strong>
      <ul class="fault-list">
        {faults.value.map(({ path, code, message }) => (
          <li key={`${path} ${code}`}>
            <button type="button" class="text-button" onClick={() => goTo(path)}>
              <code>{path === "" ? "settings" : path}</code>
            </button>{" "}
            <InlineCode text={message} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function ShowButton({ fault }: { fault: { offset: number; in: "json" | "toml" } }) {
  return (
    <button
      type="button"
      class="text-button"
      onClick={() => showInText([fault.offset, fault.offset + 1], fault.in)}
    >
      Show it
    </button>
  );
}

const brokenText = (view: "json" | "toml"): Diagnostic[] => {
  const broken = textFault.value;
  if (broken === null || broken.in !== view) return [];
  const { offset, message } = broken;
  return [{ at: [offset, offset + 1], severity: "error", message }];
};

const jsonDiagnostics = computed<Diagnostic[]>(() =>
  textFault.value !== null
    ? brokenText("json")
    : faults.value.map(({ path, message }) => ({
        at: placeOf(path, locatedSettings.value),
        severity: "error",
        message: `${path} ${message}`,
      })),
);
const tomlDiagnostics = computed<Diagnostic[]>(() => brokenText("toml"));

function JsonEditor() {
  return (
    <Code
      key="json"
      id="settings-code"
      label="Settings, as JSON"
      text={settingsText.value}
      diagnostics={jsonDiagnostics.value}
      reveal={textRevealed.value}
      onText={typeSettings}
      onUndo={undo}
      onRedo={redo}
    />
  );
}

function TomlEditor() {
  return (
    <Code
      key="toml"
      id="settings-toml"
      label="Settings, as lines of wrangler.toml"
      text={tomlText.value}
      isPlain
      diagnostics={tomlDiagnostics.value}
      reveal={textRevealed.value}
      onText={typeToml}
      onUndo={undo}
      onRedo={redo}
    />
  );
}
