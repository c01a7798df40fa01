// The page: header, mode switch, and the panels of the current mode.

import { CheckView } from "./check/check-view";
import { EventPanel } from "./event-panel";
import { announcement } from "../../ui/components/announcement";
import { Brand } from "../../ui/components/brand";
import { Icon } from "../../ui/components/icons";
import { SegmentedControl } from "../../ui/components/segmented-control";
import { HighlightingContext } from "../../ui/trace/highlight";
import { ResultPanel } from "./result/result-panel";
import { SettingsPanel } from "./settings-panel";
import { checkRevealed } from "./state/check";
import { engine } from "./state/engine";
import { highlighting, revealed } from "./state/highlight";
import { planResult, summary } from "./state/plan-result";
import { isStale } from "./state/settings";
import { mode, notice, tab } from "./state/view";
import { Toast, UndoButtons } from "./toast";

export function App() {
  return (
    <div class="app" data-mode={mode.value} data-tab={tab.value}>
      <SkipLinks />
      <Header />
      {notice.value !== null && <Notice />}
      {mode.value === "plan" ? (
        <>
          <Tabs />
          <main class="columns">
            <EventPanel />
            <SettingsPanel />
            <HighlightingContext value={highlighting}>
              <ResultPanel />
            </HighlightingContext>
          </main>
        </>
      ) : (
        <CheckView />
      )}
      <div class="visually-hidden" role="status" aria-live="polite">
        {announcement.value}
      </div>
      <Toast />
    </div>
  );
}

function Header() {
  const version = engine.value?.version;
  return (
    <header class="top">
      <Brand version={version} />
      <SegmentedControl
        label="Mode"
        value={mode.value}
        onChoose={enterMode}
        choices={[
          ["plan", "Preview events"],
          ["check", "Check a body"],
        ]}
      />
      <UndoButtons />
      <p class="privacy-note">
        <Icon name="lock" />
        <span>Runs in this page. Nothing you paste is sent.</span>
      </p>
    </header>
  );
}

/** For the keyboard: the first stops of the page, seen while they have the focus. */
function SkipLinks() {
  const panels =
    mode.value === "plan"
      ? ([
          ["result", "Skip to the result"],
          ["settings", "Skip to the settings"],
        ] as const)
      : ([["findings", "Skip to the findings"]] as const);
  return (
    <nav class="skip-links" aria-label="Skip">
      {panels.map(([panel, label]) => (
        <a
          key={panel}
          href={`#${panel}`}
          onClick={(event) => {
            event.preventDefault();
            if (panel !== "findings") tab.value = panel;
            // after the next render: on a narrow screen the panel was hidden
            requestAnimationFrame(() => document.getElementById(`${panel}-title`)?.focus());
          }}
        >
          {label}
        </a>
      ))}
    </nav>
  );
}

function Notice() {
  return (
    <div class="notice" role="status">
      <span>{notice.value}</span>
      <button
        type="button"
        class="icon-button"
        aria-label="Close"
        onClick={() => (notice.value = null)}
      >
        <Icon name="remove" />
      </button>
    </div>
  );
}

/** Switches the mode and discards pending requests to scroll to a value. */
function enterMode(value: "plan" | "check"): void {
  revealed.value = null;
  checkRevealed.value = null;
  mode.value = value;
}

/** Shown on narrow screens only, where one panel is visible at a time. */
function Tabs() {
  const tabs = [
    ["event", "Event"],
    ["settings", "Settings"],
    ["result", "Result"],
  ] as const;
  return (
    <nav class="tabs" aria-label="Panels">
      {tabs.map(([name, label]) => (
        <button
          type="button"
          key={name}
          aria-current={tab.value === name}
          onClick={() => (tab.value = name)}
        >
          {label}
          {name === "result" && <ResultDot />}
          {name === "settings" && isStale.value && <Dot kind="refused" label="has errors" />}
        </button>
      ))}
    </nav>
  );
}

function ResultDot() {
  const { ready, skipped, refused } = summary.value.counts;
  if (planResult.value.kind === "unreadable") return <Dot kind="refused" label="unreadable" />;
  if (refused > 0) return <Dot kind="refused" label="refused" />;
  if (ready > 0) return <Dot kind="ready" label="ready" />;
  return skipped > 0 ? <Dot kind="skipped" label="skipped" /> : null;
}

function Dot({ kind, label }: { kind: "ready" | "skipped" | "refused"; label: string }) {
  return (
    <span class={`dot dot-${kind}`}>
      <span class="visually-hidden">({label})</span>
    </span>
  );
}
