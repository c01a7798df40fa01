// The middle panel: the settings, as a form or as JSON.

import { computed } from "@preact/signals";
import { Code } from "../../ui/editor/code";
import type { Diagnostic } from "../../ui/editor/editor";
import { Form } from "./form/form";
import { asWranglerToml } from "./lib/wrangler-toml";
import { CopyButton } from "../../ui/components/copy-button";
import { InlineCode } from "../../ui/components/inline-code";
import { SegmentedControl } from "../../ui/components/segmented-control";
import {
  goTo,
  jsonRevealed,
  locatedSettings,
  placeOf,
  showInJson,
} from "./state/settings-navigation";
import { areSampleSettings, resetSettings } from "./state/sample-choice";
import {
  faults,
  linkToSettings,
  hasCredentials,
  settings,
  settingsText,
  settingsView,
  textFault,
  typeSettings,
} from "./state/settings";

export function SettingsPanel() {
  const view = settingsView.value;
  return (
    <section class="panel settings" aria-labelledby="settings-title">
      <header class="panel-head">
        <h2 id="settings-title">Settings</h2>
        <SegmentedControl
          label="Settings view"
          value={view}
          onChoose={choose}
          choices={[
            ["form", "Form"],
            ["json", "JSON"],
          ]}
        />
        {areSampleSettings.value && <span class="tag">sample</span>}
        <span class="grow" />
        <button
          type="button"
          class="text-button"
          aria-label="Reset to sample"
          title="Reset to sample"
          onClick={resetSettings}
        >
          Reset
        </button>
      </header>
      <Faults />
      {view === "form" ? <Form /> : <SettingsEditor />}
      <footer class="panel-foot">
        <CopyButton
          label="Copy for wrangler.toml"
          isMain
          title="Copy the lines for wrangler.toml, without credentials"
          text={() => asWranglerToml(settings.value)}
        />
        <CopyButton
          label="Copy link"
          icon="link"
          title="Copy a link to this page with these settings, without credentials and event"
          text={linkToSettings}
        />
        <span>{noteOnCopies()}</span>
      </footer>
    </section>
  );
}

function noteOnCopies(): string {
  if (textFault.value !== null) return "Both copy the last valid JSON.";
  if (faults.value.length > 0) return "Both copy the settings with their errors.";
  return hasCredentials.value ? "Both leave the credentials out." : "";
}

function choose(view: "form" | "json"): void {
  jsonRevealed.value = null;
  settingsView.value = view;
}

/** A list of all errors; each links to its field. */
function Faults() {
  const broken = textFault.value;
  if (broken !== null) {
    return (
      <div class="banner banner-bad" role="alert">
        <strong>{broken.message}</strong> The result uses the last valid JSON.
        {settingsView.value === "form" && <JsonButton offset={broken.offset} />}
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

function JsonButton({ offset }: { offset: number }) {
  return (
    <button type="button" class="text-button" onClick={() => showInJson([offset, offset + 1])}>
      Show it
    </button>
  );
}

const settingsDiagnostics = computed<Diagnostic[]>(() => {
  const broken = textFault.value;
  if (broken !== null)
    return [{ at: [broken.offset, broken.offset + 1], severity: "error", message: broken.message }];
  return faults.value.map(({ path, message }) => ({
    at: placeOf(path, locatedSettings.value),
    severity: "error",
    message: `${path} ${message}`,
  }));
});

function SettingsEditor() {
  return (
    <Code
      id="settings-code"
      label="Settings, as JSON"
      text={settingsText.value}
      diagnostics={settingsDiagnostics.value}
      reveal={jsonRevealed.value}
      onText={typeSettings}
    />
  );
}
