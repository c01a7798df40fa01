//! What does JavaScript see?
//!
//! The core's nouns as plain objects, in the shapes of `index.d.ts`; the core itself knows no
//! serialization.

use kochava_edge::inspect::{BodyKind, Inspection};
use kochava_edge::kochava::{Rule, Severity};
use kochava_edge::settings::SettingsFault;
use kochava_edge::source;
use serde::Serialize;

/// Why bytes are no batch.
#[derive(Serialize)]
pub(crate) struct Unreadable {
    code: &'static str,
    message: String,
    offset: usize,
}

impl Unreadable {
    pub(crate) fn of(unreadable: &source::Unreadable) -> Self {
        Unreadable {
            code: unreadable.code(),
            message: unreadable.to_string(),
            offset: unreadable.offset,
        }
    }
}

/// A fault of the settings.
#[derive(Serialize)]
pub(crate) struct Fault<'f> {
    path: &'f str,
    code: &'static str,
    message: &'f str,
}

impl<'f> Fault<'f> {
    pub(crate) fn all(faults: &'f [SettingsFault]) -> Vec<Self> {
        faults
            .iter()
            .map(|fault| Fault {
                path: &fault.path,
                code: fault.code,
                message: &fault.message,
            })
            .collect()
    }
}

/// A rule.
#[derive(Serialize)]
pub(crate) struct RuleFace {
    code: &'static str,
    severity: &'static str,
    sentence: &'static str,
    source: &'static str,
}

impl RuleFace {
    pub(crate) fn of(rule: Rule) -> Self {
        let severity = match rule.severity() {
            Severity::Refuse => "refuse",
            Severity::Warn => "warn",
        };
        RuleFace {
            code: rule.code(),
            severity,
            sentence: rule.sentence(),
            source: rule.source(),
        }
    }
}

/// What a body was taken for, and which rules it breaks.
#[derive(Serialize)]
pub(crate) struct Checked<'f> {
    kind: Option<&'static str>,
    violations: Vec<Finding<'f>>,
    warnings: Vec<Finding<'f>>,
}

#[derive(Serialize)]
struct Finding<'f> {
    code: &'static str,
    pointer: &'f str,
    message: String,
}

impl<'f> Checked<'f> {
    pub(crate) fn of(inspection: &'f Inspection) -> Self {
        let of = |severity| {
            let broken = inspection
                .findings
                .iter()
                .filter(move |finding| finding.rule.severity() == severity);
            broken
                .map(|finding| Finding {
                    code: finding.rule.code(),
                    pointer: &finding.pointer,
                    message: finding.to_string(),
                })
                .collect()
        };
        Checked {
            kind: inspection.kind.map(BodyKind::as_str),
            violations: of(Severity::Refuse),
            warnings: of(Severity::Warn),
        }
    }
}
