//! Decides by the settings whether an event is sent.
//!
//! In: an [`Event`] and the settings. Out: a reason to skip it, or whether it is test traffic.
//! Kochava's rules play no part in it.

use crate::json::{Decimal, Value};
use crate::settings::{
    Block, Comparison, Condition, Operand, Pattern, Predicate, Settings, UsersFrom,
};
use crate::source::{Event, Kind, OptOut};
use alloc::borrow::Cow;
use core::cmp::Ordering;

/// Why the settings leave an event out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It changes a group, and Kochava has no groups.
    GroupIdentify,
    /// It is neither an event nor a user.
    UnsupportedType,
    /// `sources` does not name its sender.
    SourceNotSelected,
    /// The sender's list of integrations switches Kochava off.
    IntegrationDisabled,
    /// The user consented to none of the sender's categories.
    ConsentDenied,
    /// `enabled` is false.
    Disabled,
    /// `events.send` is false.
    EventsNotSent,
    /// `users.send` is false.
    UsersNotSent,
    /// It is a user payload, and identities are read from events only.
    UserPayloadsNotSent,
    /// It is a test event, and `test_app_guid` is not set.
    TestTraffic,
    /// It matches no block of `events.select`.
    NotSelected,
    /// The sender derives it from another event of the same revenue.
    DerivedRevenue,
    /// It has none of the values that `users` selects.
    IdentityEmpty,
}

impl Skip {
    /// All reasons.
    pub const ALL: &'static [Skip] = &[
        Skip::GroupIdentify,
        Skip::UnsupportedType,
        Skip::SourceNotSelected,
        Skip::IntegrationDisabled,
        Skip::ConsentDenied,
        Skip::Disabled,
        Skip::EventsNotSent,
        Skip::UsersNotSent,
        Skip::UserPayloadsNotSent,
        Skip::TestTraffic,
        Skip::NotSelected,
        Skip::DerivedRevenue,
        Skip::IdentityEmpty,
    ];

    /// Returns the stable code, for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Skip::GroupIdentify => "group-identify",
            Skip::UnsupportedType => "unsupported-type",
            Skip::SourceNotSelected => "source-not-selected",
            Skip::IntegrationDisabled => "integration-disabled",
            Skip::ConsentDenied => "consent-denied",
            Skip::Disabled => "disabled",
            Skip::EventsNotSent => "events-not-sent",
            Skip::UsersNotSent => "users-not-sent",
            Skip::UserPayloadsNotSent => "user-payloads-not-sent",
            Skip::TestTraffic => "test-traffic",
            Skip::NotSelected => "not-selected",
            Skip::DerivedRevenue => "derived-revenue",
            Skip::IdentityEmpty => "identity-empty",
        }
    }

    /// Whether a switch of the settings is off, so that events that wait are held until it is on.
    pub(crate) fn is_switch(self) -> bool {
        match self {
            Skip::Disabled
            | Skip::EventsNotSent
            | Skip::UsersNotSent
            | Skip::UserPayloadsNotSent
            | Skip::TestTraffic => true,
            Skip::GroupIdentify
            | Skip::UnsupportedType
            | Skip::SourceNotSelected
            | Skip::IntegrationDisabled
            | Skip::ConsentDenied
            | Skip::NotSelected
            | Skip::DerivedRevenue
            | Skip::IdentityEmpty => false,
        }
    }

    /// Returns the sentence for people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Skip::GroupIdentify => "it changes a group, and Kochava has no groups",
            Skip::UnsupportedType => {
                "it is neither an event nor a user, and Kochava has no call for it"
            }
            Skip::SourceNotSelected => "`sources` does not name its sender",
            Skip::IntegrationDisabled => "its `integrations` switch Kochava off",
            Skip::ConsentDenied => "the user consented to none of its categories",
            Skip::Disabled => "`enabled` is false",
            Skip::EventsNotSent => "`events.send` is false",
            Skip::UsersNotSent => "`users.send` is false",
            Skip::UserPayloadsNotSent => "`users.from` reads identities from events only",
            Skip::TestTraffic => "it is a test event, and `test_app_guid` is not set",
            Skip::NotSelected => "it matches no block of `events.select`",
            Skip::DerivedRevenue => {
                "Amplitude derives it from another event of the same purchase; \
                 a block of `events.select` with its exact name sends it"
            }
            Skip::IdentityEmpty => "it has none of the values that `users` selects",
        }
    }
}

/// What the settings decide about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is not sent.
    Skip(Skip),
    /// It is sent.
    Send {
        /// Whether it goes to the App GUID for test traffic.
        is_test: bool,
        /// Whether it is sent as an install instead of an event.
        is_install: bool,
    },
}

/// Decides whether an event is sent, before anything of it is mapped.
#[must_use]
pub fn decide(event: &Event<'_>, settings: &Settings) -> Decision {
    let decision = decide_waiting(event, settings);
    let unselected = match (decision, event.kind) {
        (
            Decision::Send {
                is_install: false, ..
            },
            Kind::Event,
        ) => unselected(event, settings),
        _ => None,
    };
    unselected.map_or(decision, Decision::Skip)
}

/// Decides whether an event that was accepted before is sent now. `events.select` has no part in
/// it: what already waits is not dropped by a narrower selection.
#[must_use]
pub fn decide_waiting(event: &Event<'_>, settings: &Settings) -> Decision {
    let is_test = || {
        event.is_test
            || settings
                .test
                .iter()
                .any(|block| matches_block(block, event, settings))
    };
    let is_install = settings.installs.send && is_install(event, settings);
    let unwanted = match event.kind {
        _ if !takes_from(event, settings) => Some(Skip::SourceNotSelected),
        Kind::Group => Some(Skip::GroupIdentify),
        Kind::Other => Some(Skip::UnsupportedType),
        _ if event.opt_out == Some(OptOut::Integration) => Some(Skip::IntegrationDisabled),
        _ if event.opt_out == Some(OptOut::Consent) => Some(Skip::ConsentDenied),
        _ if !settings.enabled => Some(Skip::Disabled),
        Kind::Event if is_install => None,
        Kind::Event if !settings.events.send => Some(Skip::EventsNotSent),
        Kind::User if !settings.users.send => Some(Skip::UsersNotSent),
        Kind::User if settings.users.from == UsersFrom::Events => Some(Skip::UserPayloadsNotSent),
        Kind::Event | Kind::User => None,
    };
    if let Some(skip) = unwanted {
        return Decision::Skip(skip);
    }
    let is_test = is_test();
    if is_test && settings.test_app_guid.is_none() {
        return Decision::Skip(Skip::TestTraffic);
    }
    Decision::Send {
        is_test,
        is_install,
    }
}

/// Whether an event is to be sent as an install: one that a block of `installs.select` matches, by
/// default what its sender documents as one.
#[inline(never)]
fn is_install(event: &Event<'_>, settings: &Settings) -> bool {
    let is_selected = || match &settings.installs.select {
        Some(blocks) => blocks
            .iter()
            .any(|block| matches_block(block, event, settings)),
        None => event.is_install(),
    };
    event.kind == Kind::Event && is_selected()
}

/// Whether the settings take events from the sender of this one, or from its envelope.
fn takes_from(event: &Event<'_>, settings: &Settings) -> bool {
    settings.sources.as_ref().is_none_or(|sources| {
        sources.contains(&event.schema.source)
            || event
                .carrier
                .is_some_and(|carrier| sources.contains(&carrier.schema.source))
    })
}

/// Why `events.select` leaves an event out. One that the sender derives from another event of the
/// same revenue must be named without a `*`, so that no revenue is counted twice by accident.
fn unselected(event: &Event<'_>, settings: &Settings) -> Option<Skip> {
    let derived = event.name.and_then(|name| {
        let mut names = event.schema.derived_revenue.iter();
        names.find(|derived| name.is(derived))
    });
    let Some(blocks) = &settings.events.select else {
        return derived.map(|_| Skip::DerivedRevenue);
    };
    let mut matching = blocks
        .iter()
        .filter(|block| matches_block(block, event, settings));
    let Some(name) = derived else {
        return matching.next().is_none().then_some(Skip::NotSelected);
    };
    let is_named = |block: &&Block| {
        let mut patterns = block.names.iter().flatten();
        patterns.any(|pattern| pattern.rest.is_none() && pattern.head == **name)
    };
    let mut skip = Skip::NotSelected;
    for block in matching {
        if is_named(&block) {
            return None;
        }
        skip = Skip::DerivedRevenue;
    }
    Some(skip)
}

/// Whether a block selects an event.
pub fn matches_block(block: &Block, event: &Event<'_>, settings: &Settings) -> bool {
    (block.names.is_none() || matches_names(block, settings.event_name(event).as_deref()))
        && block.rows.iter().all(|row| matches_condition(row, event))
}

/// Whether a block selects events of this name, whatever else it asks for.
pub(super) fn matches_names(block: &Block, name: Option<&str>) -> bool {
    block.names.as_ref().is_none_or(|patterns| {
        name.is_some_and(|name| {
            patterns
                .iter()
                .any(|pattern| matches_pattern(pattern, name))
        })
    })
}

/// Whether `name` matches a pattern in which `*` stands for any characters.
///
/// Each piece between two `*` is matched at its first occurrence: without other wildcards that
/// finds every match and never backtracks.
fn matches_pattern(pattern: &Pattern, name: &str) -> bool {
    let Some((pieces, tail)) = &pattern.rest else {
        return pattern.head == name;
    };
    let Some(mut name) = name
        .strip_prefix(pattern.head.as_str())
        .and_then(|name| name.strip_suffix(tail.as_str()))
    else {
        return false;
    };
    for piece in pieces {
        match name.find(piece.as_str()) {
            Some(at) => name = &name[at + piece.len()..],
            None => return false,
        }
    }
    true
}

fn matches_condition(row: &Condition, event: &Event<'_>) -> bool {
    let is_match = match event.at(&row.property) {
        None => false,
        // of a list, one matching element is enough
        Some(array @ Value::Array(_)) if !matches!(row.test, Predicate::Exists) => array
            .elements()
            .any(|element| satisfies(&row.test, element)),
        Some(value) => satisfies(&row.test, value),
    };
    is_match != row.is_negated
}

fn satisfies(test: &Predicate, value: Value<'_>) -> bool {
    match test {
        Predicate::Exists => !value.is_null(),
        Predicate::In(operands) => is_any_of(operands, value),
        Predicate::Contains(part) => text(value).is_some_and(|text| text.contains(part.as_str())),
        Predicate::StartsWith(part) => {
            text(value).is_some_and(|text| text.starts_with(part.as_str()))
        }
        Predicate::EndsWith(part) => text(value).is_some_and(|text| text.ends_with(part.as_str())),
        Predicate::Compares(comparison, number) => compares(*comparison, value, number),
    }
}

/// Whether a value equals one of the operands. Senders stream many numbers and booleans as text:
/// where only one side is text, a number is compared with the number that the text spells, and a
/// boolean with the text's word, in any case; white space around either does not count. Two texts
/// are equal only if they are the same, so that version "1.10" is not "1.1".
fn is_any_of(operands: &[Operand], value: Value<'_>) -> bool {
    let Value::String(text) = value else {
        return operands.iter().any(|operand| equals(operand, value));
    };
    if operands
        .iter()
        .any(|operand| matches!(operand, Operand::Text(own) if text.is(own)))
    {
        return true;
    }
    if operands
        .iter()
        .all(|operand| matches!(operand, Operand::Text(_)))
    {
        return false;
    }
    // decoded and read once, however many operands there are
    let text = text.decode();
    let spelled = Decimal::parse(&text);
    operands.iter().any(|operand| match operand {
        Operand::Text(_) => false,
        Operand::Number(number) => spelled.is_some_and(|it| it == Decimal::of(number)),
        Operand::Bool(truth) => spells_word(&text, if *truth { "true" } else { "false" }),
    })
}

/// Whether a value that is no text equals an operand.
fn equals(operand: &Operand, value: Value<'_>) -> bool {
    match (operand, value) {
        (Operand::Number(number), Value::Number(other)) => {
            Decimal::of(number) == Decimal::of(other)
        }
        (Operand::Text(text), Value::Number(other)) => {
            Decimal::parse(text).is_some_and(|spelled| spelled == Decimal::of(other))
        }
        (Operand::Bool(truth), Value::Bool(word)) => *truth == (word == "true"),
        (Operand::Text(text), Value::Bool(word)) => spells_word(text, word),
        _ => false,
    }
}

fn spells_word(text: &str, word: &str) -> bool {
    text.trim().eq_ignore_ascii_case(word)
}

/// Whether a number is ordered as the operator demands. A text that spells a number counts as one, since Amplitude
/// forwards many numbers as text.
fn compares(comparison: Comparison, value: Value<'_>, number: &str) -> bool {
    let text = match value {
        Value::Number(number) => Cow::Borrowed(number),
        Value::String(text) => text.decode(),
        _ => return false,
    };
    let Some(order) = Decimal::parse(&text).map(|value| value.cmp(&Decimal::of(number))) else {
        return false;
    };
    match comparison {
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
    }
}

fn text(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.decode()),
        Value::Number(text) | Value::Bool(text) => Some(Cow::Borrowed(text)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
