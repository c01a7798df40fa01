// The faults of a configuration: path, sentence and code.

import { Icon } from "../../../ui/components/icons";
import { InlineCode } from "../../../ui/components/inline-code";
import { sentence } from "../../../ui/lib/format";
import type { SettingsFault } from "../api/types";

export function FaultList({ faults }: { faults: readonly SettingsFault[] }) {
  if (faults.length === 0) return null;
  return (
    <ul class="problems padded">
      {faults.map(({ path, code, message }) => (
        <li key={`${path} ${code}`} class="problem problem-error">
          <Icon name="refused" />
          <div>
            <p>
              <code>{path}</code>: <InlineCode text={sentence(message)} />
            </p>
            <p class="problem-facts">
              <code class="code-name">{code}</code>
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
