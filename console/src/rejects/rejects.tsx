// The events that could not be delivered: by reason, event and app; as a list; and what can be done.

import { useEffect } from "preact/hooks";
import { pathOf } from "../api/client";
import { useQuery } from "../api/query";
import type { RejectGroup } from "../api/types";
import { Answered, Nothing } from "../parts/answered";
import { route, syncQuery } from "../state/route";
import { Dialogs } from "./dialogs";
import { Filters } from "./filters";
import { Groups } from "./groups";
import { List } from "./list";
import { changes } from "./selection";

export function RejectsView() {
  const sync = syncQuery();
  const query = useQuery<{ groups: RejectGroup[] }>(pathOf("/rejects/groups", { sync }), {
    every: 30,
  });
  useEffect(() => {
    if (changes.value > 0) query.refresh();
  }, [changes.value]);
  const { reason = "", event = "", search = "" } = route.value.query;
  const filter = { sync, reason, event, search };
  return (
    <>
      <h2>Not delivered</h2>
      <p class="lead">
        Events that cannot be sent as they are. They are kept, 30 days unless your settings say
        otherwise, so that they can be sent again.
      </p>
      {query.value?.groups.length === 0 ? (
        <Nothing title="Nothing to mend">
          Every event was delivered, waits, or is skipped by your settings.
        </Nothing>
      ) : (
        <>
          <Answered query={query} what="the reasons">
            {({ groups }) => (
              <Groups
                groups={groups.filter((group) => reason === "" || group.reason === reason)}
                sync={sync}
              />
            )}
          </Answered>
          <Filters groups={query.value?.groups ?? []} filter={filter} />
          <List filter={filter} />
        </>
      )}
      <Dialogs />
    </>
  );
}
