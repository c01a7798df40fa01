//! Does this body keep Kochava's guide, whoever wrote it?
//!
//! Enters: the bytes of a body, ours or another vendor's. Leaves: what it was taken for, and every
//! rule that it breaks, each with a JSON Pointer. Behind this door: `bytes` asks whether it is JSON
//! that PHP keeps, `kind` what it is; `track` and `identity` judge the two calls, the others a part
//! of them; `place` knows where everything stands. Mends nothing, and knows neither clock nor
//! settings.

mod bytes;
mod call;
mod consent;
mod device;
mod envelope;
mod event;
mod identity;
mod ids;
mod keys;
mod kind;
mod place;
mod track;
mod value;

use crate::json::Reader;
use crate::kochava::Rule;
use crate::limits::{NESTING_LEVELS_MAX, REQUEST_BYTES_LIMIT};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use place::{Findings, Object};

/// What an inspection came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// What the body was taken for; none where it is no JSON object, or many times too large.
    pub kind: Option<BodyKind>,
    /// The broken rules, in the order of the body; what is missing stands where the guide has it.
    /// A body that is little else than faults gets only as many as eight times its own bytes
    /// can name.
    pub findings: Vec<Finding>,
}

/// Which of Kochava's calls a body makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// The first start of an app (Install Notification Setup).
    Install,
    /// A post-install event (Post-Install Event Setup).
    Event,
    /// An IDFA that comes after the install (the same page).
    Update,
    /// Names of a user (IdentityLink Setup).
    Identity,
}

impl BodyKind {
    /// The word for it.
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
    /// Where, as a JSON Pointer (RFC 6901): empty for the whole body; of a missing member the
    /// place where it should be.
    pub pointer: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule.sentence())
    }
}

/// Judges a body by Kochava's guide.
///
/// # Example
/// ```
/// use kochava_edge::{BodyKind, check};
/// let inspection = check(br#"{"kochava_app_id":"koexample","device_id":{"idfv":"11111111-2222-4333-8444-555555555555"},"data":{"plan":5}}"#);
/// assert_eq!(inspection.kind, Some(BodyKind::Identity));
/// assert_eq!(inspection.findings[0].rule.code(), "identity-value-not-text");
/// assert_eq!(inspection.findings[0].pointer, "/data/plan");
/// ```
#[must_use]
pub fn check(body: &[u8]) -> CheckReport {
    let mut report = Findings::new(body.len());
    if body.len() >= LOOKED_AT_MAX {
        report.tell_whole(Rule::RequestTooLarge);
        return CheckReport {
            kind: None,
            findings: report.conclude(),
        };
    }
    let kind = match read(body, &mut report) {
        Ok(root) => Some(judge(&root, &mut report)),
        Err(rule) => {
            report.clear();
            report.tell_whole(rule);
            None
        }
    };
    if body.len() >= REQUEST_BYTES_LIMIT {
        report.tell_whole(Rule::RequestTooLarge);
    }
    CheckReport {
        kind,
        findings: report.conclude(),
    }
}

/// Bytes from which a body is only told to be too large, since it would take long to say what else
/// is wrong with it.
const LOOKED_AT_MAX: usize = 10 * REQUEST_BYTES_LIMIT;

/// The root of a body, its spelling already judged; or what keeps it from being one.
fn read<'a>(body: &'a [u8], report: &mut Findings) -> Result<Object<'a>, Rule> {
    let text = core::str::from_utf8(body).map_err(|_| Rule::InvalidUtf8)?;
    let mut reader = Reader::new(text);
    let first = reader.peek().ok_or(Rule::EmptyBody)?;
    reader
        .value()
        .and_then(|_| reader.end())
        .map_err(|_| Rule::InvalidJson)?;
    if reader.take_levels() > NESTING_LEVELS_MAX {
        report.tell_whole(Rule::NestedTooDeep);
    } else {
        bytes::judge(text, report).map_err(|_| Rule::InvalidJson)?;
    }
    if first == b'{' {
        Ok(Object::root(text))
    } else {
        Err(Rule::BodyNotAnObject)
    }
}

fn judge(root: &Object<'_>, report: &mut Findings) -> BodyKind {
    let guess = kind::of(root);
    match guess.kind {
        BodyKind::Identity if !guess.is_track => identity::judge(root, report),
        _ => track::judge(root, &guess, report),
    }
    guess.kind
}
