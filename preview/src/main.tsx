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
import "./styles/work.css";
import "./styles/advice.css";
import "./styles/print.css";
import { render } from "preact";
import { App } from "./app";
import { loadEditor } from "../../ui/editor/editor";
import { takeEvent } from "../../ui/lib/handover";
import { hasSettings, settingsOf } from "../../ui/lib/settings-link";
import { printWhole } from "./lib/print";
import { checkText } from "./state/check";
import { engine, startEngine } from "./state/engine";
import { eventText, loadText, watchText } from "./state/event";
import { undoByKey, watchWork } from "./state/history";
import { takeSyncs, watchSettings } from "./state/settings";
import { keepWork, recall } from "./state/storage";
import { notice } from "./state/view";

async function readLink(): Promise<void> {
  if (!hasSettings(location.hash)) return;
  const linked = await settingsOf(location.hash);
  // a reload must not bring back what was changed since
  history.replaceState(null, "", location.pathname + location.search);
  if (linked !== null) takeSyncs([{ name: null, value: linked }], { kind: "link" });
  notice.value =
    linked === null
      ? "The settings in this link cannot be read. Those below are as they were."
      : "The settings come from the link.";
}

const started = startEngine();
recall();
watchText();
watchWork();
await readLink();
const handedOver = await takeEvent();
if (handedOver !== null) loadText(handedOver);
watchSettings();
keepWork();
render(<App />, document.getElementById("app") ?? document.body);
addEventListener("hashchange", () => void readLink());
addEventListener("keydown", undoByKey);
printWhole("#event-code", () => eventText.value);
printWhole("#check-code", () => checkText.value);
await started;
// after the first result is drawn, so that loading the editor does not delay it
if (engine.value !== null) requestAnimationFrame(() => setTimeout(() => void loadEditor()));
