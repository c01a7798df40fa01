//! Does each case, written by hand from the vendors' guides, get its expected plan?
//!
//! A case is a folder named as a sentence. Its bodies are spelled with the exact tokens that must
//! be sent; only white space between tokens is for the reader.

mod support;

use kochava_edge::{Context, Fate, Moment, Planner, Settings};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use support::compact;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    source: String,
    #[serde(default)]
    context: ExpectedContext,
    unreadable: Option<ExpectedUnreadable>,
    fates: Option<Vec<ExpectedFate>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ExpectedContext {
    received_at: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedUnreadable {
    code: String,
    offset: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedFate {
    fate: String,
    requests: Option<Vec<ExpectedRequest>>,
    warnings: Option<Vec<ExpectedWarning>>,
    code: Option<String>,
    violations: Option<Vec<ExpectedViolation>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedRequest {
    kind: String,
    url: String,
    headers: BTreeMap<String, String>,
    body: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedWarning {
    code: String,
    field: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedViolation {
    code: String,
    field: String,
    origin: Option<String>,
}

#[test]
fn every_case_gets_its_expected_plan() {
    let mut misses = String::new();
    let mut count = 0;
    for folder in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"))
        .expect("the cases are in the repository")
    {
        let folder = folder.expect("a folder can be listed").path();
        let (actual, expected) = (actual(&folder), expected(&folder));
        if actual != expected {
            writeln!(
                misses,
                "\n=== {}\n--- expected\n{expected}--- actual\n{actual}",
                folder.file_name().unwrap().display()
            )
            .unwrap();
        }
        count += 1;
    }
    assert!(misses.is_empty(), "{misses}");
    assert!(count >= 60, "only {count} cases were found");
}

fn file(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name))
        .unwrap_or_else(|error| panic!("{}: {name}: {error}", folder.display()))
}

fn read_expected(folder: &Path) -> Expected {
    serde_json::from_slice(&file(folder, "expected.json"))
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

fn actual(folder: &Path) -> String {
    let settings = String::from_utf8(file(folder, "settings.json")).expect("settings are text");
    let settings = Settings::read(&settings)
        .unwrap_or_else(|faults| panic!("{}: {faults:?}", folder.display()));
    let context = Context {
        received_at: read_expected(folder)
            .context
            .received_at
            .map(Moment::from_millis),
        ..Context::default()
    };
    let plan = match Planner::new(settings).plan(&file(folder, "event.json"), &context) {
        Ok(plan) => plan,
        Err(unreadable) => {
            return format!(
                "unreadable {} at {}\n",
                unreadable.code(),
                unreadable.offset
            );
        }
    };
    let mut text = String::new();
    for fate in plan.fates {
        match fate {
            Fate::Ready(parcel) => {
                text.push_str("ready\n");
                for request in parcel.requests {
                    let headers: BTreeMap<_, _> = request
                        .headers
                        .iter()
                        .map(|(name, value)| ((*name).to_owned(), value.clone()))
                        .collect();
                    writeln!(
                        text,
                        "  {} {}\n  {headers:?}\n  {}",
                        request.kind.as_str(),
                        request.url,
                        request.body
                    )
                    .unwrap();
                }
                let mut warnings: Vec<_> = parcel
                    .warnings
                    .iter()
                    .map(|warning| format!("  warning {} {}\n", warning.rule.code(), warning.field))
                    .collect();
                warnings.sort();
                text.extend(warnings);
            }
            Fate::Skipped(skip) => writeln!(text, "skipped {}", skip.code()).unwrap(),
            Fate::Refused(violations) => {
                text.push_str("refused\n");
                for violation in violations {
                    writeln!(
                        text,
                        "  {} {} {:?}",
                        violation.rule.code(),
                        violation.field,
                        violation.origin
                    )
                    .unwrap();
                }
            }
        }
    }
    text
}

fn expected(folder: &Path) -> String {
    let expected = read_expected(folder);
    assert!(
        expected.source.len() >= "RFC 8259".len(),
        "{}: who says so?",
        folder.display()
    );
    let mut text = String::new();
    if let Some(unreadable) = expected.unreadable {
        return format!("unreadable {} at {}\n", unreadable.code, unreadable.offset);
    }
    for fate in expected.fates.expect("a case expects something") {
        let name = fate.fate.clone();
        match (name.as_str(), fate) {
            (
                "ready",
                ExpectedFate {
                    requests: Some(requests),
                    warnings: Some(warnings),
                    ..
                },
            ) => {
                text.push_str("ready\n");
                for request in requests {
                    writeln!(
                        text,
                        "  {} {}\n  {:?}\n  {}",
                        request.kind,
                        request.url,
                        request.headers,
                        compact(request.body.get())
                    )
                    .unwrap();
                }
                let mut warnings: Vec<_> = warnings
                    .iter()
                    .map(|warning| format!("  warning {} {}\n", warning.code, warning.field))
                    .collect();
                warnings.sort();
                text.extend(warnings);
            }
            (
                "skipped",
                ExpectedFate {
                    code: Some(code), ..
                },
            ) => writeln!(text, "skipped {code}").unwrap(),
            (
                "refused",
                ExpectedFate {
                    violations: Some(violations),
                    ..
                },
            ) => {
                text.push_str("refused\n");
                for violation in violations {
                    writeln!(
                        text,
                        "  {} {} {:?}",
                        violation.code, violation.field, violation.origin
                    )
                    .unwrap();
                }
            }
            (other, _) => panic!("{}: {other} is no whole fate", folder.display()),
        }
    }
    text
}
