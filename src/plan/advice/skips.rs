//! Says which setting leaves an event out, and what would have it sent.

use super::{Advice, SettingChange, Skip};
use crate::json::write_plain_str;
use crate::kochava::standard_spelling;
use crate::plan::filter;
use crate::settings::{Block, Settings};
use crate::source::Event;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The advice about a skip.
pub(super) fn about(skip: Skip, event: &Event<'_>, settings: &Settings) -> Advice {
    let (setting, patch) = match skip {
        Skip::Disabled => ("enabled", change("enabled", "true")),
        Skip::EventsNotSent => ("events.send", change("events.send", "true")),
        Skip::UsersNotSent => ("users.send", change("users.send", "true")),
        Skip::UserPayloadsNotSent => ("users.from", change("users.from", "\"both\"")),
        Skip::SourceNotSelected => ("sources", named_source(event, settings)),
        Skip::TestTraffic => ("test_app_guid", Vec::new()),
        Skip::NotSelected => ("events.select", selected(event, settings)),
        Skip::DerivedRevenue => ("events.select", derived(event, settings)),
        Skip::IdentityEmpty => ("users.properties", change("users.properties", "\"*\"")),
        // the sender decides these, or Kochava has no call for them
        _ => ("", Vec::new()),
    };
    let block = match skip {
        Skip::TestTraffic => position(&settings.test, event, settings),
        Skip::NotSelected => nearest_block(event, settings),
        _ => None,
    };
    Advice {
        code: skip.code(),
        settings: Cow::Borrowed(setting),
        candidates: Vec::new(),
        block,
        patch,
    }
}

/// Whether an event is test traffic.
pub(super) fn is_test(event: &Event<'_>, settings: &Settings) -> bool {
    event.is_test || position(&settings.test, event, settings).is_some()
}

fn change(path: &str, value: &str) -> Vec<SettingChange> {
    Vec::from([SettingChange {
        path: path.to_string(),
        value: value.to_string(),
    }])
}

fn named_source(event: &Event<'_>, settings: &Settings) -> Vec<SettingChange> {
    let count = settings.sources.as_ref().map_or(0, Vec::len);
    let name = ["\"", event.schema.name, "\""].concat();
    change(&format!("sources[{count}]"), &name)
}

/// The position of the first block that matches.
fn position(blocks: &[Block], event: &Event<'_>, settings: &Settings) -> Option<usize> {
    blocks
        .iter()
        .position(|block| filter::matches_block(block, event, settings))
}

/// The block whose conditions all hold and that lacks only the name; otherwise the one that has the
/// name and whose conditions do not hold.
fn nearest_block(event: &Event<'_>, settings: &Settings) -> Option<usize> {
    let blocks = settings.events.select.as_deref().unwrap_or_default();
    let without_names = |block: &Block| Block {
        names: None,
        rows: block.rows.clone(),
    };
    let without_rows = |block: &Block| Block {
        names: block.names.clone(),
        rows: Vec::new(),
    };
    let matches = |block: Block| filter::matches_block(&block, event, settings);
    blocks
        .iter()
        .position(|block| matches(without_rows(block)))
        .or_else(|| {
            blocks
                .iter()
                .position(|block| matches(without_names(block)))
        })
}

/// Adds the event's name to a block that has only names, otherwise as a block of its own.
fn selected(event: &Event<'_>, settings: &Settings) -> Vec<SettingChange> {
    let blocks = settings.events.select.as_deref().unwrap_or_default();
    let Some(name) = quoted_name(event, settings) else {
        return Vec::new();
    };
    let only_names =
        |block: &Block| Some(block.names.as_ref()?.len()).filter(|_| block.rows.is_empty());
    let found = blocks
        .iter()
        .enumerate()
        .find_map(|(at, block)| Some((at, only_names(block)?)));
    match found {
        Some((at, count)) => change(&format!("events.select[{at}].names[{count}]"), &name),
        None => change(
            &format!("events.select[{}]", blocks.len()),
            &["{\"names\":[", &name, "]}"].concat(),
        ),
    }
}

/// Names an event that the sender derives from another. Where no block is set, every other event
/// stays selected.
fn derived(event: &Event<'_>, settings: &Settings) -> Vec<SettingChange> {
    if settings.events.select.is_some() {
        return selected(event, settings);
    }
    match quoted_name(event, settings) {
        Some(name) => change(
            "events.select",
            &["[{\"names\":[\"*\"]},{\"names\":[", &name, "]}]"].concat(),
        ),
        None => Vec::new(),
    }
}

/// The event's name as a JSON string; `None` of one with a `*`, which a pattern cannot spell alone.
fn quoted_name(event: &Event<'_>, settings: &Settings) -> Option<String> {
    let name = settings.event_name(event)?;
    let mut quoted = String::new();
    write_plain_str(&mut quoted, &name);
    Some(quoted)
}

/// Renames an event to the standard one that its name is nearly.
pub(super) fn standard_name(event: &Event<'_>, settings: &Settings) -> Vec<SettingChange> {
    let Some(name) = settings.event_name(event) else {
        return Vec::new();
    };
    let rename = &settings.events.rename;
    let sent = rename.iter().find(|(from, _)| *from == name);
    let sent = sent.map_or(name.as_ref(), |(_, to)| to.as_str());
    let Some(standard) = standard_spelling(sent) else {
        return Vec::new();
    };
    let kept = rename.iter().filter(|(from, _)| *from != name);
    let mut value = String::from("{");
    for (from, to) in kept
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .chain([(name.as_ref(), standard)])
    {
        value.push_str(if value.len() > 1 { "," } else { "" });
        write_plain_str(&mut value, from);
        value.push(':');
        write_plain_str(&mut value, to);
    }
    value.push('}');
    change("events.rename", &value)
}
