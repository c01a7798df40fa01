// Middle: the settings, as a form and as JSON.

import { computed } from "@preact/signals";
import { Code } from "./editor/code";
import type { Mark } from "./editor/editor";
import { Form } from "./form/form";
import { asWranglerToml } from "./lib/wrangler";
import { Copy } from "./parts/copy";
import { Prose } from "./parts/prose";
import { Segments } from "./parts/segments";
import { goTo, jsonRevealed, locatedSettings, placeOf, showInJson } from "./state/places";
import { sampleSettings } from "./state/samples";
import {
  faults,
  linkToSettings,
  hasCredentials,
  setSettings,
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
        <Segments
          label="Settings as"
          value={view}
          onChoose={choose}
          choices={[
            ["form", "Form"],
            ["json", "JSON"],
          ]}
        />
        <span class="grow" />
        <button type="button" class="text-button" onClick={() => setSettings(sampleSettings)}>
          Reset to sample
        </button>
      </header>
      <Faults />
      {view === "form" ? <Form /> : <SettingsEditor />}
      <footer class="panel-foot">
        <Copy
          label="Copy for wrangler.toml"
          isMain
          title="The lines for wrangler.toml; without credentials"
          text={() => asWranglerToml(settings.value)}
        />
        <Copy
          label="Copy link"
          icon="link"
          title="A link that carries these settings; never credentials, never the event"
          text={linkToSettings}
        />
        <span>{noteOnCopies()}</span>
      </footer>
    </section>
  );
}

function noteOnCopies(): string {
  if (textFault.value !== null) return "Both take the last settings that could be read.";
  if (faults.value.length > 0) return "Both take the settings with their faults.";
  return hasCredentials.value ? "Both leave out the credentials." : "";
}

function choose(view: "form" | "json"): void {
  jsonRevealed.value = null;
  settingsView.value = view;
}

/** Every fault at once; each leads to its place. */
function Faults() {
  const broken = textFault.value;
  if (broken !== null) {
    return (
      <div class="banner banner-bad" role="alert">
        <strong>{broken.message}</strong> The result is that of the last settings that could be
        read.
        {settingsView.value === "form" && <JsonButton offset={broken.offset} />}
      </div>
    );
  }
  if (faults.value.length === 0) return null;
  return (
    <div class="banner banner-bad" role="alert">
      <strong>
        {faults.value.length === 1
          ? "One setting is at fault:"
          : `${faults.value.length} settings are at fault:`}
      </strong>
      <ul class="fault-list">
        {faults.value.map(({ path, code, message }) => (
          <li key={`${path} ${code}`}>
            <button type="button" class="text-button" onClick={() => goTo(path)}>
              <code>{path === "" ? "settings" : path}</code>
            </button>{" "}
            <Prose text={message} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function JsonButton({ offset }: { offset: number }) {
  return (
    <button type="button" class="text-button" onClick={() => showInJson([offset, offset + 1])}>
      Show the place
    </button>
  );
}

const settingsMarks = computed<Mark[]>(() => {
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
      marks={settingsMarks.value}
      reveal={jsonRevealed.value}
      onText={typeSettings}
    />
  );
}
