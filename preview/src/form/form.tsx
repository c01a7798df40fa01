// The settings as a form of collapsible groups. Titles and help come from settings.schema.json.

import type { ComponentChildren } from "preact";
import { Icon } from "../../../ui/components/icons";
import type { Key } from "../../../ui/lib/json";
import { schemaOf, namesBelow } from "../lib/schema";
import { eventPaths } from "../state/suggestions";
import { change, faults } from "../state/settings";
import { AppGuidsField } from "./app-guids";
import { BlocksField } from "./blocks";
import { Field } from "./field";
import {
  ChoiceField,
  Kind,
  NumberField,
  NumberOrOffField,
  NumbersField,
  SwitchField,
  Text,
  TextField,
  valueAt,
} from "./inputs";
import { Mapping } from "./mapping";
import { PairsField } from "./pairs";
import { PathsField } from "./paths";
import { SelectionField } from "./selection";
import { SendersField } from "./senders";
import { addSync } from "../settings/sync-tabs";

export function Form() {
  return (
    <form class="form" aria-label="Settings" onSubmit={(event) => event.preventDefault()}>
      <datalist id="event-paths">
        {eventPaths.value.map((path) => (
          <option key={path} value={path} />
        ))}
      </datalist>
      <Apps />
      <Installs />
      <Events />
      <Users />
      <Group title="Mapping" of={["mapping"]}>
        <Mapping />
      </Group>
      <Group title={schemaOf(["wire"]).title} of={["wire"]}>
        {namesBelow(["wire"]).map((name) => (
          <ChoiceField key={name} keys={["wire", name]} />
        ))}
      </Group>
      <Group title="Delivery" of={["delivery"]}>
        {namesBelow(["delivery"]).map((name) =>
          Array.isArray(schemaOf(["delivery", name]).default) ? (
            <NumbersField key={name} keys={["delivery", name]} />
          ) : (
            <NumberField key={name} keys={["delivery", name]} />
          ),
        )}
      </Group>
      <Group title={schemaOf(["rejects"]).title} of={["rejects"]}>
        <NumberField keys={["rejects", "retention_days"]} />
        <ChoiceField keys={["rejects", "keep"]} />
      </Group>
      <Group title={schemaOf(["alerts"]).title} of={["alerts"]}>
        {namesBelow(["alerts"]).map((name) => (
          <NumberOrOffField key={name} keys={["alerts", name]} />
        ))}
      </Group>
      <Authentication />
      <Group title="Several syncs" of={[]}>
        <p class="note">
          A Worker may send the same events to several apps, each by settings of its own: a sync. A
          further sync begins as a copy of these settings.
        </p>
        <button type="button" class="text-button add" onClick={addSync}>
          <Icon name="add" /> Add a sync
        </button>
      </Group>
    </form>
  );
}

function Apps() {
  return (
    <Group
      title="Apps and senders"
      of={["enabled", "app_guid", "test_app_guid", "test", "sources"]}
      isOpen
    >
      <SwitchField keys={["enabled"]} />
      <AppGuidsField keys={["app_guid"]} />
      <AppGuidsField keys={["test_app_guid"]} isOptional />
      <BlocksField keys={["test"]} empty="No blocks: only events that the sender marks as tests." />
      <SendersField keys={["sources"]} />
    </Group>
  );
}

function Events() {
  return (
    <Group title="Events" of={["events"]} isOpen>
      <SwitchField keys={["events", "send"]} />
      <BlocksField keys={["events", "select"]} empty="No blocks: every event is sent." />
      <SelectionField keys={["events", "properties"]} of="event_properties" />
      <SelectionField keys={["events", "user_properties"]} of="user_properties" />
      <ChoiceField keys={["events", "preset"]} />
      <PairsField keys={["events", "rename"]} labels={["Sender's name", "Kochava's name"]}>
        {(keys) => <Text keys={keys} whenEmpty="" />}
      </PairsField>
      <PairsField keys={["events", "rename_properties"]} labels={["Property", "Key that is sent"]}>
        {(keys) => <Text keys={keys} whenEmpty="" />}
      </PairsField>
      <TextField
        keys={["events", "screen_name"]}
        placeholder={String(schemaOf(["events", "screen_name"]).default)}
      />
      <TextField
        keys={["events", "page_name"]}
        placeholder={String(schemaOf(["events", "page_name"]).default)}
      />
      <RevenueField keys={["events", "revenue"]} />
    </Group>
  );
}

function Installs() {
  return (
    <Group title="Installs" of={["installs"]}>
      <SwitchField keys={["installs", "send"]} />
      <BlocksField
        keys={["installs", "select"]}
        empty="No blocks: what the sender documents as an install."
      />
      <SwitchField keys={["installs", "reinstalls"]} />
    </Group>
  );
}

function Users() {
  return (
    <Group title="Users" of={["users"]}>
      <SwitchField keys={["users", "send"]} />
      <ChoiceField keys={["users", "from"]} />
      <UserIdField keys={["users", "user_id_as"]} />
      <SwitchField keys={["users", "hold_until_event"]} />
      <SelectionField keys={["users", "properties"]} of="user_properties" />
    </Group>
  );
}

function Authentication() {
  return (
    <Group title="Authentication" of={["authentication"]}>
      <p class="note">
        Only for previewing signed requests. What you type stays in this page and is left out of
        links and copied settings. The Worker reads its credentials from its secrets.
      </p>
      <TextField keys={["authentication", "api_key"]} isSecret />
      <TextField keys={["authentication", "secret"]} isSecret />
    </Group>
  );
}

interface GroupProps {
  title: string;
  /** Top-level settings of this group, to count their errors. */
  of: readonly string[];
  isOpen?: boolean;
  children: ComponentChildren;
}

function Group({ title, of, isOpen = false, children }: GroupProps) {
  const faulty = faults.value.filter(({ path }) => of.includes(path.split(/[.[]/)[0] ?? "")).length;
  return (
    <details class="group" open={isOpen} id={`field-${of.length === 1 ? of[0] : title}`}>
      <summary>
        <h3>{title}</h3>
        {faulty > 0 && (
          <span class="badge badge-bad">{faulty === 1 ? "1 error" : `${faulty} errors`}</span>
        )}
      </summary>
      <div class="group-body">{children}</div>
    </details>
  );
}

interface KeysProps {
  keys: readonly Key[];
}

function RevenueField({ keys }: KeysProps) {
  const value = valueAt(keys);
  const kind = value === undefined ? "documented" : value === null ? "none" : "paths";
  const choices = [
    ["documented", "Documented field"],
    ["paths", "Custom fields"],
    ["none", "Not sent"],
  ] as const;
  const choose = (next: string) =>
    change(
      keys,
      next === "documented"
        ? undefined
        : next === "none"
          ? null
          : { from: "event_properties.revenue" },
    );
  return (
    <>
      <Field
        keys={keys}
        isGroup
        aside={<Kind keys={keys} label="source" value={kind} choices={choices} onChoose={choose} />}
      >
        {null}
      </Field>
      {kind === "paths" && (
        <div class="nested">
          <PathsField keys={[...keys, "from"]} />
          <PathsField keys={[...keys, "currency"]} />
        </div>
      )}
    </>
  );
}

function UserIdField({ keys }: KeysProps) {
  const value = valueAt(keys);
  const choose = (next: string) =>
    change(keys, next === "none" ? null : String(schemaOf(keys).default ?? ""));
  return (
    <Field
      keys={keys}
      aside={
        <Kind
          keys={keys}
          label="sent or not"
          value={value === null ? "none" : "named"}
          choices={[
            ["named", "Sent as"],
            ["none", "Not sent"],
          ]}
          onChoose={choose}
        />
      }
    >
      {value !== null && <Text keys={keys} placeholder={String(schemaOf(keys).default ?? "")} />}
    </Field>
  );
}
