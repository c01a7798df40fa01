//! The core's types as plain JavaScript objects, in the shapes that `index.d.ts` declares.
//!
//! The core has no serialization of its own. What is not on the path of every event is built here
//! with `serde`; fates and explanations take the faster path of `transfer`.

use kochava_edge::{
    BodyKind, CheckReport, Mapping, Request, RequestKind, Rule, SettingsFault, Severity, Source,
    Unreadable,
};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

/// Builds a plain JavaScript value: objects instead of maps, `null` instead of a missing value.
pub(crate) fn plain(value: &impl Serialize) -> JsValue {
    value
        .serialize(&Serializer::json_compatible())
        .expect("the shapes of this crate serialize: they have string keys and no 64-bit integers")
}

/// Why bytes are no batch.
#[derive(Serialize)]
pub(crate) struct JsUnreadable {
    code: &'static str,
    message: String,
    offset: usize,
}

impl JsUnreadable {
    pub(crate) fn of(unreadable: &Unreadable) -> Self {
        JsUnreadable {
            code: unreadable.code(),
            message: unreadable.to_string(),
            offset: unreadable.offset,
        }
    }
}

/// A fault of the settings.
#[derive(Serialize)]
pub(crate) struct JsFault<'f> {
    path: &'f str,
    code: &'static str,
    message: &'f str,
}

impl<'f> JsFault<'f> {
    pub(crate) fn all(faults: &'f [SettingsFault]) -> Vec<Self> {
        let faults = faults.iter().map(|fault| JsFault {
            path: &fault.path,
            code: fault.code,
            message: &fault.message,
        });
        faults.collect()
    }
}

/// A rule.
#[derive(Serialize)]
pub(crate) struct JsRule {
    code: &'static str,
    severity: &'static str,
    sentence: &'static str,
    source: &'static str,
}

impl JsRule {
    pub(crate) fn of(rule: Rule) -> Self {
        let severity = match rule.severity() {
            Severity::Refuse => "refuse",
            Severity::Warn => "warn",
        };
        JsRule {
            code: rule.code(),
            severity,
            sentence: rule.sentence(),
            source: rule.source(),
        }
    }
}

/// What is the same in all requests: `transfer` writes its number.
#[derive(Serialize)]
pub(crate) struct JsRequestParts {
    method: &'static str,
    kinds: [&'static str; RequestKind::ALL.len()],
    #[serde(rename = "headerNames")]
    header_names: [&'static str; Request::HEADER_NAMES.len()],
}

impl JsRequestParts {
    pub(crate) fn new() -> Self {
        JsRequestParts {
            method: Request::METHOD,
            kinds: RequestKind::ALL.map(RequestKind::as_str),
            header_names: Request::HEADER_NAMES,
        }
    }
}

/// A sender, and the paths of each attribute that it documents, with a space between two paths. The
/// JavaScript side makes an object of them.
#[derive(Serialize)]
pub(crate) struct JsSource {
    name: &'static str,
    title: &'static str,
    documented: Vec<(&'static str, &'static str)>,
}

impl JsSource {
    pub(crate) fn of(source: Source) -> Self {
        let schema = source.schema();
        let documented = Mapping::KEYS.iter().filter_map(|(key, attribute)| {
            let paths = schema.paths(*attribute);
            (!paths.is_empty()).then_some((*key, paths))
        });
        JsSource {
            name: source.name(),
            title: schema.title,
            documented: documented.collect(),
        }
    }
}

/// The kind of a body and the rules that it breaks.
#[derive(Serialize)]
pub(crate) struct JsChecked<'f> {
    kind: Option<&'static str>,
    violations: Vec<JsFinding<'f>>,
    warnings: Vec<JsFinding<'f>>,
}

/// A rule that a body breaks, with its place.
#[derive(Serialize)]
struct JsFinding<'f> {
    code: &'static str,
    pointer: &'f str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'static str>,
}

impl<'f> JsChecked<'f> {
    pub(crate) fn of(inspection: &'f CheckReport) -> Self {
        JsChecked {
            kind: inspection.kind.map(BodyKind::as_str),
            violations: JsFinding::with_severity(inspection, Severity::Refuse),
            warnings: JsFinding::with_severity(inspection, Severity::Warn),
        }
    }
}

impl<'f> JsFinding<'f> {
    fn with_severity(inspection: &'f CheckReport, severity: Severity) -> Vec<Self> {
        let findings = inspection.findings.iter();
        findings
            .filter(|finding| finding.rule.severity() == severity)
            .map(|finding| JsFinding {
                code: finding.rule.code(),
                pointer: &finding.pointer,
                message: finding.to_string(),
                found: finding.mismatch.map(|mismatch| mismatch.found),
                expected: finding.mismatch.map(|mismatch| mismatch.expected),
            })
            .collect()
    }
}
