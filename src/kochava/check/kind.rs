//! Which call is it?
//!
//! The action says so; where it is missing or unknown, what the body holds.

use super::BodyKind;
use super::keys::{EVENT_KEYS, INSTALL_KEYS, belongs_to_any};
use super::place::Object;
use crate::json::Value;

/// What a body is taken for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess {
    pub(super) kind: BodyKind,
    /// Does it go by the route of events? Identities have one of their own.
    pub(super) is_track: bool,
    /// May it be asked for what such a call needs? Not where it says that it is another one.
    pub(super) is_sure: bool,
}

pub(super) fn of(root: &Object<'_>) -> Guess {
    let data = root.get("data").and_then(|data| Object::of(&data));
    // IdentityLink has neither; whatever its names are, they say nothing of the call
    if root.has("device_id") && !root.has("action") && !root.has("kochava_device_id") {
        return Guess {
            kind: BodyKind::Identity,
            is_track: false,
            is_sure: true,
        };
    }
    let guessed = Guess {
        kind: by_content(root, data.as_ref()),
        is_track: true,
        is_sure: true,
    };
    let action = root
        .get("action")
        .or_else(|| data.as_ref()?.get("action"))
        .map(|action| action.value);
    let Some(Value::String(action)) = action else {
        let is_of_sdks =
            !root.has("device_id") && data.is_some_and(|data| data.has("identity_link"));
        return Guess {
            is_track: guessed.kind != BodyKind::Identity || is_of_sdks,
            ..guessed
        };
    };
    match known(&action.decode()) {
        Some(BodyKind::Identity) => {
            let is_track =
                !root.has("device_id") || data.is_some_and(|data| data.has("identity_link"));
            Guess {
                kind: BodyKind::Identity,
                is_track,
                is_sure: true,
            }
        }
        Some(kind) => Guess { kind, ..guessed },
        None => Guess {
            is_sure: false,
            ..guessed
        },
    }
}

/// What an action stands for, in whatever case it is written.
fn known(action: &str) -> Option<BodyKind> {
    let words = [
        ("install", BodyKind::Install),
        ("event", BodyKind::Event),
        ("update", BodyKind::Update),
        ("identityLink", BodyKind::Identity),
    ];
    words
        .into_iter()
        .find(|(word, _)| action.trim().eq_ignore_ascii_case(word))
        .map(|(_, kind)| kind)
}

fn by_content(root: &Object<'_>, data: Option<&Object<'_>>) -> BodyKind {
    let has = |keys: &[&str]| {
        keys.iter()
            .any(|key| root.has(key) || data.is_some_and(|data| data.has(key)))
    };
    let is_of_names = |data: &Object<'_>| {
        !data.members().is_empty()
            && !data
                .members()
                .iter()
                .any(|member| belongs_to_any(&member.key))
    };
    if has(&EVENT_KEYS) {
        BodyKind::Event
    } else if has(&["identity_link"])
        || (!root.has("action") && (root.has("device_id") || data.is_some_and(is_of_names)))
    {
        BodyKind::Identity
    } else if has(&INSTALL_KEYS) {
        BodyKind::Install
    } else if has(&["idfa"]) && !has(&["device_ids"]) {
        BodyKind::Update
    } else {
        BodyKind::Event
    }
}
