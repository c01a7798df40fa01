import { CheckView } from "./check/check-view";
import { EventPanel } from "./event-panel";
import { Icon } from "./parts/icons";
import { Segments } from "./parts/segments";
import { ResultPanel } from "./result/result-panel";
import { SettingsPanel } from "./settings-panel";
import { checkRevealed } from "./state/check";
import { engine } from "./state/engine";
import { revealed } from "./state/light";
import { outcome, summary } from "./state/outcome";
import { isStale } from "./state/settings";
import { announcement, mode, notice, tab } from "./state/view";

export function App() {
  return (
    <div class="app" data-mode={mode.value} data-tab={tab.value}>
      <Header />
      {notice.value !== null && <Notice />}
      {mode.value === "plan" ? (
        <>
          <Tabs />
          <main class="columns">
            <EventPanel />
            <SettingsPanel />
            <ResultPanel />
          </main>
        </>
      ) : (
        <CheckView />
      )}
      <div class="unseen" role="status" aria-live="polite">
        {announcement.value}
      </div>
    </div>
  );
}

function Header() {
  const version = engine.value?.version;
  return (
    <header class="top">
      <h1 class="brand">
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M4 7.5h6.5l3.5 4.5-3.5 4.5H4m10-4.5h6m-3.5-3.5L20 12l-3.5 3.5" />
        </svg>
        <span>kochava-edge</span>
        {version !== undefined && <small>{version}</small>}
      </h1>
      <Segments
        label="Mode"
        value={mode.value}
        onChoose={enterMode}
        choices={[
          ["plan", "Preview events"],
          ["check", "Check a body"],
        ]}
      />
      <p class="promise">
        <Icon name="lock" />
        <span>Computed in this page. Nothing you paste leaves it.</span>
      </p>
    </header>
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

/** What was shown before is no longer asked for. */
function enterMode(value: "plan" | "check"): void {
  revealed.value = null;
  checkRevealed.value = null;
  mode.value = value;
}

/** Only on narrow screens, where the panels take turns. */
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
          {name === "settings" && isStale.value && <Dot kind="refused" said="faulty" />}
        </button>
      ))}
    </nav>
  );
}

function ResultDot() {
  const { ready, skipped, refused } = summary.value.counts;
  if (outcome.value.kind === "unreadable") return <Dot kind="refused" said="unreadable" />;
  if (refused > 0) return <Dot kind="refused" said="refused" />;
  if (ready > 0) return <Dot kind="ready" said="ready" />;
  return skipped > 0 ? <Dot kind="skipped" said="skipped" /> : null;
}

function Dot({ kind, said }: { kind: "ready" | "skipped" | "refused"; said: string }) {
  return (
    <span class={`dot dot-${kind}`}>
      <span class="unseen">({said})</span>
    </span>
  );
}
