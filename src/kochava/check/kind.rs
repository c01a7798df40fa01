//! Classifies a body: by its action, or by its keys if the action is missing or unknown.

use super::BodyKind;
use super::keys::{EVENT_KEYS, INSTALL_KEYS, is_known_anywhere};
use super::object::Object;
use crate::json::Value;

/// The kind of a body, and how to check it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Classification {
    pub(super) kind: BodyKind,
    /// Whether the call takes the route of events; an identity may take a route of its own.
    pub(super) is_track: bool,
    /// Whether keys that this kind of call needs are reported as missing: not if the action names
    /// another, unknown kind.
    pub(super) is_certain: bool,
}

/// Classifies a body.
pub(super) fn classify(root: &Object<'_>) -> Classification {
    let data = root.get("data").and_then(|data| Object::of(&data));
    let data = data.as_ref();
    // only IdentityLink has neither key; the names in its `data` are free and tell nothing
    if root.has("device_id") && !root.has("action") && !root.has("kochava_device_id") {
        return Classification {
            kind: BodyKind::Identity,
            is_track: false,
            is_certain: true,
        };
    }
    let by_keys = kind_by_keys(root, data);
    let has_identity_link = data.is_some_and(|data| data.has("identity_link"));
    let action = root
        .get("action")
        .or_else(|| data?.get("action"))
        .map(|action| action.value);
    let Some(Value::String(action)) = action else {
        let is_sdk_form = !root.has("device_id") && has_identity_link;
        return Classification {
            kind: by_keys,
            is_track: by_keys != BodyKind::Identity || is_sdk_form,
            is_certain: true,
        };
    };
    let by_action = kind_by_action(&action.decode());
    Classification {
        kind: by_action.unwrap_or(by_keys),
        is_track: by_action != Some(BodyKind::Identity)
            || !root.has("device_id")
            || has_identity_link,
        is_certain: by_action.is_some(),
    }
}

/// The kind that an action names, in any case of its letters.
fn kind_by_action(action: &str) -> Option<BodyKind> {
    let actions = [
        ("install", BodyKind::Install),
        ("event", BodyKind::Event),
        ("update", BodyKind::Update),
        ("identityLink", BodyKind::Identity),
    ];
    actions
        .into_iter()
        .find(|(name, _)| action.trim().eq_ignore_ascii_case(name))
        .map(|(_, kind)| kind)
}

/// Reports whether the root or `data` has one of these keys.
#[inline(never)]
pub(super) fn has_any(root: &Object<'_>, data: Option<&Object<'_>>, keys: &[&str]) -> bool {
    let has = |key: &&str| root.has(key) || data.is_some_and(|data| data.has(key));
    keys.iter().any(has)
}

/// The kind that the keys suggest; an event if they suggest none.
fn kind_by_keys(root: &Object<'_>, data: Option<&Object<'_>>) -> BodyKind {
    let has_any = |keys| has_any(root, data, keys);
    let has_only_names = |data: &Object<'_>| {
        let mut members = data.members().iter();
        !data.members().is_empty() && !members.any(|member| is_known_anywhere(&member.key))
    };
    let is_identity_link =
        || !root.has("action") && (root.has("device_id") || data.is_some_and(has_only_names));
    if has_any(&EVENT_KEYS) {
        BodyKind::Event
    } else if has_any(&["identity_link"]) || is_identity_link() {
        BodyKind::Identity
    } else if has_any(&INSTALL_KEYS) {
        BodyKind::Install
    } else if has_any(&["idfa"]) && !has_any(&["device_ids"]) {
        BodyKind::Update
    } else {
        BodyKind::Event
    }
}
