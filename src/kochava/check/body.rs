//! Checks a whole body: size, encoding, spelling, and the rules of its kind of call.

use super::findings::Findings;
use super::keys::{IDENTITY_ORDER, ROOT_ORDER};
use super::kind::{Classification, classify, has_any};
use super::object::Object;
use super::{BodyKind, CheckReport, identity, php_spelling, track};
use crate::json::Reader;
use crate::kochava::Rule;
use crate::limits::{NESTING_LEVELS_MAX, REQUEST_BYTES_LIMIT};

/// Bodies of this many bytes are only reported as too large, since it would take long to check the
/// rest.
const CHECKED_BYTES_LIMIT: usize = 10 * REQUEST_BYTES_LIMIT;

/// Checks a body against Kochava's guide.
///
/// # Example
/// ```
/// use kochava_edge::{BodyKind, check};
/// let report = check(br#"{
///     "kochava_app_id": "koexample",
///     "device_id": { "idfv": "11111111-2222-4333-8444-555555555555" },
///     "data": { "plan": 5 }
/// }"#);
/// assert_eq!(report.kind, Some(BodyKind::Identity));
/// let finding = report.findings.iter().find(|finding| finding.pointer == "/data/plan").unwrap();
/// assert_eq!(finding.rule.code(), "identity-value-not-text");
/// ```
#[must_use]
pub fn check(body: &[u8]) -> CheckReport {
    let mut findings = Findings::new(body.len());
    let mut kind = None;
    if body.len() < CHECKED_BYTES_LIMIT {
        match read(body, &mut findings) {
            Ok(root) if is_plan_or_request(&root) => {
                findings.clear();
                findings.add_for_body(Rule::RequestInsteadOfBody);
            }
            Ok(root) => kind = Some(check_root(&root, &mut findings)),
            Err(rule) => {
                findings.clear();
                findings.add_for_body(rule);
            }
        }
    }
    if body.len() >= REQUEST_BYTES_LIMIT {
        findings.add_for_body(Rule::RequestTooLarge);
    }
    CheckReport {
        kind,
        findings: findings.into_sorted(),
    }
}

/// Reads the root object and checks its spelling; fails with the rule that keeps the body from
/// being an object.
fn read<'a>(body: &'a [u8], findings: &mut Findings) -> Result<Object<'a>, Rule> {
    let text = core::str::from_utf8(body).map_err(|_| Rule::InvalidUtf8)?;
    let mut reader = Reader::new(text);
    let first = reader.peek().ok_or(Rule::EmptyBody)?;
    reader
        .value()
        .and_then(|_| reader.end())
        .map_err(|_| Rule::InvalidJson)?;
    if reader.take_levels() > NESTING_LEVELS_MAX {
        findings.add_for_body(Rule::NestedTooDeep);
    } else {
        php_spelling::check(text, findings).map_err(|_| Rule::InvalidJson)?;
    }
    if first == b'{' {
        Ok(Object::root(text))
    } else {
        Err(Rule::BodyNotAnObject)
    }
}

/// Reports whether this is what a planner says (a plan, a fate or a request) instead of the body in
/// it: none of its keys is Kochava's.
fn is_plan_or_request(root: &Object<'_>) -> bool {
    let is_request = root.has("body") && (root.has("url") || root.has("headers"));
    let has_any = |keys| has_any(root, None, keys);
    (is_request || has_any(&["fate", "fates"]))
        && !has_any(&ROOT_ORDER)
        && !has_any(&IDENTITY_ORDER)
}

fn check_root(root: &Object<'_>, findings: &mut Findings) -> BodyKind {
    let classification = classify(root);
    match classification {
        Classification {
            kind: BodyKind::Identity,
            is_track: false,
            ..
        } => identity::check(root, findings),
        _ => track::check(root, &classification, findings),
    }
    classification.kind
}
