// The page: a Kochava payload preview, computed where it is shown.

import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "./styles/code.css";
import "./styles/form.css";
import "./styles/result.css";
import "./styles/request.css";
import "./styles/list.css";
import { render } from "preact";
import { App } from "./app";
import { loadEditor } from "./editor/editor";
import { hasSettings, settingsOf } from "./lib/link";
import { engine, startEngine } from "./state/engine";
import { followText } from "./state/event";
import { followSettings, setSettings } from "./state/settings";
import { notice } from "./state/view";

async function takeLink(): Promise<void> {
  if (!hasSettings(location.hash)) return;
  const linked = await settingsOf(location.hash);
  if (linked !== null) setSettings(linked);
  notice.value =
    linked === null
      ? "The settings in this link cannot be read; these are the sample's."
      : "These settings came with the link.";
}

const started = startEngine();
await takeLink();
followText();
followSettings();
render(<App />, document.getElementById("app") ?? document.body);
addEventListener("hashchange", () => void takeLink());
await started;
// the first result is drawn before the editor is asked for
if (engine.value !== null) requestAnimationFrame(() => setTimeout(() => void loadEditor()));
