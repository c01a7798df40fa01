//! The result of checking a body.

use crate::kochava::Rule;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The kind of a body and the rules that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// The kind of call; `None` if the body is not a JSON object, is a request instead of its body,
    /// or is many times too large.
    pub kind: Option<BodyKind>,
    /// The broken rules, in the order of the body; a missing member stands where the guide has it.
    /// If a body consists of little else than faults, the list ends once its pointers have eight
    /// times the bytes of the body.
    pub findings: Vec<Finding>,
}

/// The kinds of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// The first start of an app (Install Notification Setup).
    Install,
    /// A post-install event (Post-Install Event Setup).
    Event,
    /// An IDFA that becomes known after the install (Install Notification Setup).
    Update,
    /// Names of a user (IdentityLink Setup).
    Identity,
}

impl BodyKind {
    pub(super) const ALL: [BodyKind; 4] = [
        BodyKind::Install,
        BodyKind::Event,
        BodyKind::Update,
        BodyKind::Identity,
    ];

    /// Returns the name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            BodyKind::Install => "install",
            BodyKind::Event => "event",
            BodyKind::Update => "update",
            BodyKind::Identity => "identity",
        }
    }
}

/// A rule that a body breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The place, as a JSON Pointer (RFC 6901): empty for the whole body; for a missing member the
    /// place where it is expected.
    pub pointer: String,
    /// The types, if the value has another one than the guide gives for its key.
    pub mismatch: Option<TypeMismatch>,
}

/// A value has another JSON type than the guide gives for its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeMismatch {
    /// The type of the value: "null", "true", "false", "a number", "a string", "a list" or
    /// "an object".
    pub found: &'static str,
    /// The type that the guide gives, such as "a string".
    pub expected: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule.sentence())?;
        match self.mismatch {
            Some(TypeMismatch { found, expected }) => {
                write!(f, " (found {found}, expected {expected})")
            }
            None => Ok(()),
        }
    }
}
