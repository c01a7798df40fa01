// Entry point: reads settings from the link, renders the page, and loads the mapper and the editor.

import "../../ui/styles/tokens.css";
import "../../ui/styles/base.css";
import "../../ui/styles/controls.css";
import "../../ui/styles/frame.css";
import "./styles/layout.css";
import "../../ui/styles/code.css";
import "./styles/form.css";
import "../../ui/styles/verdict.css";
import "./styles/result.css";
import "../../ui/styles/trace.css";
import "./styles/list.css";
import { render } from "preact";
import { App } from "./app";
import { loadEditor } from "../../ui/editor/editor";
import { takeEvent } from "../../ui/lib/handover";
import { hasSettings, settingsOf } from "../../ui/lib/settings-link";
import { engine, startEngine } from "./state/engine";
import { loadText, watchText } from "./state/event";
import { setSettings, watchSettings } from "./state/settings";
import { notice } from "./state/view";

async function readLink(): Promise<void> {
  if (!hasSettings(location.hash)) return;
  const linked = await settingsOf(location.hash);
  if (linked !== null) setSettings(linked);
  notice.value =
    linked === null
      ? "The settings in this link cannot be read. The sample settings are shown."
      : "The settings come from the link.";
}

const started = startEngine();
await readLink();
const handedOver = await takeEvent();
if (handedOver !== null) loadText(handedOver);
watchText();
watchSettings();
render(<App />, document.getElementById("app") ?? document.body);
addEventListener("hashchange", () => void readLink());
await started;
// after the first result is drawn, so that loading the editor does not delay it
if (engine.value !== null) requestAnimationFrame(() => setTimeout(() => void loadEditor()));
