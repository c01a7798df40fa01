// What would mend a problem: paths of the event, a change of the settings, and the way to them.

import type { Advice, Candidate } from "kochava-edge";
import { Icon } from "../../../ui/components/icons";
import { schemaOf } from "../lib/schema";
import { keysOf } from "../lib/setting-path";
import { applyCandidate, applyChanges } from "../state/advice";
import { goTo } from "../state/settings-navigation";

interface Props {
  advice: Advice;
  /** The label of the button that changes the settings. */
  mend?: string;
}

export function AdviceView({ advice: { candidates, settings, patch, block }, mend }: Props) {
  const [first] = settings;
  if (settings.length === 0 && candidates.length === 0) return null;
  return (
    <>
      {candidates.length > 0 && <Candidates candidates={candidates} />}
      <p class="choices">
        {patch.length > 0 && (
          <button
            type="button"
            class="button"
            onClick={() =>
              applyChanges(patch, `Changed: ${patch.map(({ path }) => path).join(", ")}`)
            }
          >
            <Icon name="add" /> {mend ?? "Change the settings"}
          </button>
        )}
        {first !== undefined && block !== null && (
          <BlockLink setting={blocksOf(first)} block={block} />
        )}
        {settings.map((setting) => (
          <button type="button" key={setting} class="text-button" onClick={() => goTo(setting)}>
            Show <code>{setting}</code>
          </button>
        ))}
      </p>
    </>
  );
}

/** The setting whose blocks are meant: what makes an event a test is beside the App GUID of tests. */
const blocksOf = (setting: string): string => (setting === "test_app_guid" ? "test" : setting);

function BlockLink({ setting, block }: { setting: string; block: number }) {
  return (
    <button type="button" class="text-button" onClick={() => goTo(`${setting}[${block}]`)}>
      {setting === "test" ? "Made a test event by" : "Nearest:"} block {block + 1}
    </button>
  );
}

/** Paths of the event that look right, each filling a setting with one click. */
function Candidates({ candidates }: { candidates: readonly Candidate[] }) {
  const several = new Set(candidates.map(({ setting }) => setting)).size > 1;
  return (
    <ul class="candidates" aria-label="In this event">
      {candidates.map((candidate) => (
        <li key={`${candidate.setting} ${candidate.path}`}>
          <button
            type="button"
            class="button"
            aria-label={`Use ${candidate.path} for ${titleOf(candidate.setting)}`}
            onClick={() => applyCandidate(candidate)}
          >
            <code>{candidate.path}</code>
          </button>
          <span>
            {candidate.why}
            {several && `, for ${titleOf(candidate.setting)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

const titleOf = (setting: string): string => schemaOf(keysOf(setting)).title;
