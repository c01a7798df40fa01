//! `events`: which events are sent, and which parts of them.

use super::faults::Faults;
use super::setting::Setting;
use super::{Block, blocks};
use crate::json::Value;
use crate::kochava::{IdKind, kind_of_name};
use crate::source::Path;
use alloc::string::String;
use alloc::vec::Vec;

/// Which events are sent, and which parts of them.
#[derive(Clone, Debug)]
pub struct Events {
    /// Whether any event is sent: Amplitude's switch "Send Events".
    pub send: bool,
    /// The blocks, any of which selects an event; `None`: every event is sent.
    pub select: Option<Vec<Block>>,
    /// The event properties that go into `event_data`.
    pub properties: Selection,
    /// The user properties that go into `event_data`.
    pub user_properties: Selection,
    /// Names of events, each with the name that is sent instead.
    pub rename: Vec<(String, String)>,
    /// Whether the senders' documented names and keys become Kochava's standard ones.
    pub has_preset: bool,
    /// Keys of properties, each with the key that is sent instead.
    pub rename_properties: Vec<(String, String)>,
    /// The name of the view of a screen, in which `*` stands for the screen's own.
    pub screen_name: String,
    /// The name of the view of a page, likewise.
    pub page_name: String,
    /// The fields of revenue.
    pub revenue: Revenue,
}

/// The names of views if the settings do not say others.
const SCREEN_NAME_DEFAULT: &str = "screen view *";
const PAGE_NAME_DEFAULT: &str = "page view *";

/// The fields of revenue.
#[derive(Clone, Debug)]
pub enum Revenue {
    /// The fields that the sender documents.
    Documented,
    /// Fields that the operator chose.
    Mapped {
        /// The paths of the amount; without one no revenue is sent.
        from: Vec<Path>,
        /// The paths of the currency.
        currency: Vec<Path>,
    },
}

/// A selection of properties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Whether it has `*`: every property but those of the sender's own (`$…`) and identifiers.
    pub has_star: bool,
    /// The properties that are named, whatever they are.
    pub named: Vec<SelectedProperty>,
}

/// A property that is selected by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedProperty {
    /// Its path, relative to the object of properties.
    pub path: Path,
    /// What a property of this name identifies.
    pub kind: Option<IdKind>,
}

pub(super) fn read(faults: &mut Faults, setting: &Setting<'_, '_>) -> Events {
    let keys = [
        "send",
        "select",
        "properties",
        "user_properties",
        "preset",
        "rename",
        "rename_properties",
        "screen_name",
        "page_name",
        "revenue",
    ];
    faults.object(setting, &keys);
    Events {
        send: faults.flag(&setting.member("send"), true),
        select: blocks::read(faults, &setting.member("select"), false),
        properties: read_selection(faults, &setting.member("properties")),
        user_properties: read_selection(faults, &setting.member("user_properties")),
        rename: read_rename(faults, &setting.member("rename")),
        has_preset: read_preset(faults, &setting.member("preset")),
        rename_properties: read_rename(faults, &setting.member("rename_properties")),
        screen_name: read_name(faults, &setting.member("screen_name"), SCREEN_NAME_DEFAULT),
        page_name: read_name(faults, &setting.member("page_name"), PAGE_NAME_DEFAULT),
        revenue: read_revenue(faults, &setting.member("revenue")),
    }
}

fn read_preset(faults: &mut Faults, setting: &Setting<'_, '_>) -> bool {
    !setting.is_null() && faults.choice(setting, &[("standard", true)], false)
}

fn read_name(faults: &mut Faults, setting: &Setting<'_, '_>, default: &str) -> String {
    faults.name(setting).unwrap_or_else(|| default.into())
}

fn read_rename(faults: &mut Faults, setting: &Setting<'_, '_>) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for (from, to) in faults.members(setting).unwrap_or_default() {
        if let Some(to) = faults.name(&setting.child(&from, Some(to))) {
            names.push((from.into_owned(), to));
        }
    }
    names
}

fn read_revenue(faults: &mut Faults, setting: &Setting<'_, '_>) -> Revenue {
    if setting.is_absent() {
        return Revenue::Documented;
    }
    if setting.is_null() {
        return Revenue::Mapped {
            from: Vec::new(),
            currency: Vec::new(),
        };
    }
    faults.object(setting, &["from", "currency"]);
    let from = setting.member("from");
    if from.is_absent() && matches!(setting.value, Some(Value::Object(_))) {
        faults.add_missing(&from);
    }
    Revenue::Mapped {
        from: faults.paths(&from).unwrap_or_default(),
        currency: faults
            .paths(&setting.member("currency"))
            .unwrap_or_default(),
    }
}

/// Reads `"*"`, or a list of properties; `"*"` may also be an element.
pub(super) fn read_selection(faults: &mut Faults, setting: &Setting<'_, '_>) -> Selection {
    if matches!(setting.value, Some(Value::String(text)) if text.is("*")) {
        return Selection {
            has_star: true,
            ..Selection::default()
        };
    }
    let wanted = "must be relative to the properties: remove `event_properties.` or \
                  `user_properties.`";
    let is_relative = |text: &str| {
        !text.starts_with("event_properties.") && !text.starts_with("user_properties.")
    };
    let mut selection = Selection::default();
    for element in faults.list(setting, true).unwrap_or_default() {
        match faults.string(&element, wanted, &is_relative).as_deref() {
            Some("*") => selection.has_star = true,
            Some(text)
                if selection
                    .named
                    .iter()
                    .all(|named| named.path.as_str() != text) =>
            {
                selection.named.push(SelectedProperty {
                    path: Path::dotted(text),
                    kind: kind_of_name(text),
                });
            }
            Some(_) | None => {}
        }
    }
    selection
}
