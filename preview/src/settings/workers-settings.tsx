// Asks for the operator's token and takes the Worker's own settings.

import { useSignal } from "@preact/signals";
import { takeWorkersSettings } from "../state/worker";

export function WorkersSettings({ onDone }: { onDone(): void }) {
  const token = useSignal("");
  const fault = useSignal<string | null>(null);
  const load = async () => {
    fault.value = await takeWorkersSettings(token.value.trim());
    if (fault.value === null) onDone();
  };
  return (
    <form
      class="panel-row workers"
      onSubmit={(event) => {
        event.preventDefault();
        void load();
      }}
    >
      <label for="admin-token">Admin token</label>
      <input
        class="input mono grow"
        id="admin-token"
        type="password"
        autocomplete="off"
        aria-describedby="admin-token-help"
        value={token.value}
        onInput={(event) => (token.value = event.currentTarget.value)}
      />
      <button type="submit" class="button" disabled={token.value.trim() === ""}>
        Show
      </button>
      <p class="muted row-help" id="admin-token-help">
        The secret ADMIN_TOKEN of the Worker. It goes to the Worker alone and is not kept; what
        comes back has no secrets.
      </p>
      {fault.value !== null && (
        <p class="row-note" role="alert">
          {fault.value}
        </p>
      )}
    </form>
  );
}
