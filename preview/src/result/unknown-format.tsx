// What to do with JSON of no known format: choose its sender, or say where the name lies.

import { Icon } from "../../../ui/components/icons";
import { pathsAt } from "../form/paths";
import { checkBody, looksLikeKochavas } from "../state/check";
import { settledText } from "../state/event";
import { change } from "../state/settings";
import { goTo } from "../state/settings-navigation";
import { namePaths } from "../state/suggestions";

/** Shown instead of a fate where the whole text is one object of no known format. */
export function UnknownFormat() {
  const text = settledText.value;
  return (
    <article class="fate">
      <div class="verdict verdict-refused">
        <span class="verdict-sign">
          <Icon name="refused" />
        </span>
        <div class="verdict-text">
          <h3>Unknown sender</h3>
          <p>
            {looksLikeKochavas(text) ? (
              "This looks like a call to Kochava, not like an event of a sender."
            ) : (
              <>
                Its shape is that of no known sender. <code>POST /ingest</code> answers 400.
              </>
            )}
          </p>
        </div>
        {looksLikeKochavas(text) && (
          <div class="actions">
            <button type="button" class="button" onClick={() => checkBody(text)}>
              Check this body
            </button>
          </div>
        )}
      </div>
      <section class="problem problem-choice" aria-label="How to read it">
        <Icon name="arrow" />
        <div>
          <p>
            If a known sender posts it, choose the sender at the event. Otherwise map it: where is
            the name of the event?
          </p>
          <NamePaths />
        </div>
      </section>
    </article>
  );
}

const AT = ["mapping", "event_name"];

/** Buttons that map the name of an event to one of its fields. */
export function NamePaths() {
  const mapped = pathsAt(AT);
  const add = (path: string) => change(AT, mapped.length === 0 ? path : [...mapped, path]);
  return (
    <p class="choices">
      {namePaths.value
        .filter((path) => !mapped.includes(path))
        .map((path) => (
          <button
            type="button"
            key={path}
            class="button"
            aria-label={`Name is in ${path}`}
            onClick={() => add(path)}
          >
            <code>{path}</code>
          </button>
        ))}
      <button type="button" class="text-button" onClick={() => goTo("mapping.event_name")}>
        Show <code>mapping.event_name</code>
      </button>
    </p>
  );
}
