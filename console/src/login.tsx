// Asks for the operator's token. A wrong token and a Worker without one look the same: the API does
// not exist for either.

import { useSignal } from "@preact/signals";
import { Alone } from "./app";
import { unlock, wasRefused } from "./state/session";

export function Login() {
  const typed = useSignal("");
  const submit = (event: Event) => {
    event.preventDefault();
    if (typed.value.trim() !== "") void unlock(typed.value.trim());
  };
  return (
    <Alone>
      <form class="login card" onSubmit={submit}>
        <h2>The operator's console</h2>
        <p>What was not delivered, why, and how to mend it.</p>
        <label for="token">Operator's token</label>
        <input
          id="token"
          class="input"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={typed.value}
          aria-invalid={wasRefused.value}
          aria-describedby="token-note"
          onInput={(event) => (typed.value = event.currentTarget.value)}
        />
        {wasRefused.value && (
          <p class="login-refused" role="alert">
            This token opens nothing. Either it is wrong, or this Worker has no{" "}
            <code>ADMIN_TOKEN</code>.
          </p>
        )}
        <button type="submit" class="button button-main">
          Open the console
        </button>
        <p id="token-note" class="muted">
          The secret <code>ADMIN_TOKEN</code>. It is kept in this tab until you close it, and sent
          to this Worker only.
        </p>
      </form>
    </Alone>
  );
}
