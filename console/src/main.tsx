// Entry point: finds out whether the operator is let in, and renders the page.

import "../../ui/styles/tokens.css";
import "../../ui/styles/base.css";
import "../../ui/styles/controls.css";
import "../../ui/styles/frame.css";
import "../../ui/styles/code.css";
import "../../ui/styles/verdict.css";
import "../../ui/styles/trace.css";
import "uplot/dist/uPlot.min.css";
import "./styles/page.css";
import "./styles/parts.css";
import "./styles/now.css";
import "./styles/rejects.css";
import { render } from "preact";
import { App } from "./app";
import { tryAccess } from "./state/session";

render(<App />, document.getElementById("app") ?? document.body);
void tryAccess();
