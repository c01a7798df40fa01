// The page: the login, or the header with the state, and the chosen view.

import { announcement } from "../../ui/components/announcement";
import { Brand } from "../../ui/components/brand";
import { isOnline } from "./api/client";
import { Console } from "./console";
import { Login } from "./login";
import { FaultNote } from "./parts/answered";
import { access, tryAccess } from "./state/session";

export function App() {
  return (
    <div class="page">
      <Content />
      <div class="visually-hidden" role="status" aria-live="polite">
        {announcement.value}
      </div>
    </div>
  );
}

function Content() {
  switch (access.value) {
    case "open":
      return <Console />;
    case "locked":
      return <Login />;
    case "checking":
      return (
        <Alone>
          <p class="loading" role="status">
            Loading…
          </p>
        </Alone>
      );
    case "unreachable":
      return (
        <Alone>
          <FaultNote
            what="the console"
            fault={{
              kind: isOnline.value ? "signed-out" : "offline",
              code: isOnline.value ? "signed-out" : "offline",
              message: "Your sign-in has ended. Reload the page.",
            }}
            onRetry={() => void tryAccess()}
          />
        </Alone>
      );
  }
}

/** A page without anything but one message. */
export function Alone({ children }: { children: preact.ComponentChildren }) {
  return (
    <>
      <header class="top">
        <Brand version={undefined} />
      </header>
      <main class="alone">{children}</main>
    </>
  );
}
