//! Are the documents true? Links resolve, named files and commands exist, examples work, and every
//! setting, code and operator is described.

#[path = "support/markdown.rs"]
mod markdown;

use kochava_edge::{Condition, FailureReason, Rule, Settings, Skip};
use markdown::Document;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const README_LINES_MAX: usize = 150;

/// Files that the path of an event may name.
const PATH_FILES_MAX: usize = 15;

const SCHEMA: &str = include_str!("../settings.schema.json");

#[test]
fn every_relative_link_resolves() {
    let mut count = 0;
    for document in documents() {
        for link in document.links() {
            if let Some(fault) = document.fault_of(link) {
                panic!("{}: {link}: {fault}", document.path());
            }
            count += usize::from(markdown::is_relative(link));
        }
    }
    assert!(count >= 60, "only {count} relative links were found");
}

#[test]
fn a_broken_link_is_noticed() {
    let document = Document::parse(
        "docs/planted.md",
        "# A *heading* with `code`, twice\n# A heading with code, twice\n<a id=\"anchor\"></a>\n\n[x](#a)",
    );
    for right in [
        "#a-heading-with-code-twice",
        "#a-heading-with-code-twice-1",
        "#anchor",
        "delivery.md#what-is-promised",
        "../README.md",
        "https://example.com/#a",
    ] {
        assert_eq!(document.fault_of(right), None, "{right}");
    }
    for wrong in [
        "#a",
        "#a-heading-with-code-twice-2",
        "delivery.md#planted",
        "planted-too.md",
        "../docs/README.md",
    ] {
        assert!(document.fault_of(wrong).is_some(), "{wrong}");
    }
}

#[test]
fn the_readme_is_short() {
    let lines = document("README.md").text().lines().count();
    assert!(lines <= README_LINES_MAX, "README.md has {lines} lines");
}

#[test]
fn every_file_that_a_document_names_exists() {
    let mut count = 0;
    for document in documents().filter(|document| document.path() != "CHANGELOG.md") {
        for path in document.code().iter().flat_map(|code| named_files(code)) {
            let beside = Path::new(document.path()).with_file_name(&path);
            assert!(
                in_repository(&path).exists() || in_repository(&beside).exists(),
                "{}: {path}",
                document.path()
            );
            count += 1;
        }
    }
    assert!(count >= 60, "only {count} files were found");
}

#[test]
fn the_path_of_an_event_names_at_most_fifteen_files() {
    let architecture = document("docs/architecture.md");
    let section = architecture.section("The path of an event");
    let files: BTreeSet<String> = section
        .code()
        .iter()
        .flat_map(|code| named_files(code))
        .filter(|path| Path::new(path).extension().is_some())
        .collect();
    assert!(files.len() >= 10, "{files:?}");
    assert!(
        files.len() <= PATH_FILES_MAX,
        "{} files: {files:?}",
        files.len()
    );
}

#[test]
fn every_module_of_the_core_is_on_the_map() {
    let architecture = document("docs/architecture.md");
    let section = architecture.section("The core");
    for entry in fs::read_dir(in_repository("src")).expect("src can be read") {
        let entry = entry.expect("src can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let slash = if entry.path().is_dir() { "/" } else { "" };
        let path = format!("src/{name}{slash}");
        assert!(section.code().contains(&path), "the map lacks {path}");
    }
}

#[test]
fn every_code_is_told_with_its_sentence() {
    let reasons = document("docs/reasons.md");
    for rule in Rule::ALL {
        reasons.tells(&format!("`{}` | ", rule.code()));
        reasons.tells(&format!(" | {} | ", rule.sentence()));
    }
    for skip in Skip::ALL {
        reasons.tells(&format!("`{}` | {} |", skip.code(), skip.sentence()));
    }
    for reason in [
        FailureReason::Rejected { status: 400 },
        FailureReason::Refused { status: 401 },
        FailureReason::Limited {
            status: 429,
            hint: None,
        },
        FailureReason::Unavailable,
    ] {
        reasons.tells(&format!("`{}`", reason.code()));
    }
}

#[test]
fn every_refusal_says_who_fixes_it() {
    let reasons = document("docs/reasons.md");
    let section = reasons.section("Fix a refused event");
    for code in refusals() {
        assert!(section.code().contains(&code), "nobody fixes {code}");
    }
}

/// Codes that a refused event can have: the first column of that table.
fn refusals() -> Vec<String> {
    let reasons = document("docs/reasons.md");
    let codes: Vec<String> = reasons
        .section("Refused")
        .text()
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| <a id=\"")?
                .split('"')
                .next()
                .map(str::to_owned)
        })
        .collect();
    assert!(codes.len() >= 12, "{codes:?}");
    codes
}

#[test]
fn every_unreadable_body_is_told() {
    let (reasons, api) = (document("docs/reasons.md"), document("docs/http-api.md"));
    let section = reasons.section("Unreadable bodies");
    let codes = section.code();
    assert!(codes.len() >= 5, "{codes:?}");
    for code in codes {
        api.tells(&format!("`{code}`"));
    }
}

#[test]
fn every_setting_is_told() {
    let settings = document("docs/settings.md");
    for (section, value) in members(&schema())
        .iter()
        .filter(|(section, _)| *section != "$schema")
    {
        settings.tells(&format!("\n## `{section}`\n"));
        for (key, value) in members(value) {
            settings.tells(&format!("\n### `{section}.{key}`\n"));
            for last in members(&value).keys() {
                settings.tells(&format!("\n#### `{section}.{key}.{last}`\n"));
            }
        }
    }
}

#[test]
fn every_operator_is_explained() {
    let settings = document("docs/settings.md");
    let table = settings.section("Blocks");
    for operator in Condition::OPERATORS {
        assert!(
            table.code().contains(operator),
            "`{operator}` is not explained"
        );
    }
}

#[test]
fn every_make_command_is_a_target() {
    let makefile = fs::read_to_string(in_repository("Makefile")).expect("the Makefile can be read");
    let mut count = 0;
    for document in documents() {
        let commands = document.commands();
        for target in commands
            .iter()
            .filter_map(|command| command.strip_prefix("make "))
        {
            let target = target.split_whitespace().next().expect("make has a target");
            let is_file = target.contains('/');
            assert!(
                is_file || makefile.contains(&format!("\n{target}:")),
                "{}: make {target}",
                document.path()
            );
            count += 1;
        }
    }
    assert!(count >= 15, "only {count} commands were found");
}

#[test]
fn the_example_settings_work() {
    let mut count = 0;
    for document in documents() {
        for example in document
            .blocks("json")
            .filter(|block| block.contains("\"mapping\""))
        {
            Settings::read(example)
                .unwrap_or_else(|faults| panic!("{}: {faults:?}", document.path()));
            count += 1;
        }
    }
    assert!(count >= 1, "no document has an example of settings");
}

#[test]
fn every_json_example_is_json() {
    for document in documents() {
        for block in document.blocks("json") {
            let read: Result<Value, _> = serde_json::from_str(block);
            assert!(read.is_ok(), "{}: {read:?}\n{block}", document.path());
        }
    }
}

/// Every document that this repository publishes.
fn documents() -> impl Iterator<Item = Document> {
    let mut paths: Vec<String> = [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "pkg/README.md",
        "preview/README.md",
        "console/README.md",
        "samples/README.md",
        "sim/README.md",
    ]
    .map(str::to_owned)
    .into();
    for entry in fs::read_dir(in_repository("docs")).expect("docs can be read") {
        let name = entry.expect("docs can be read").file_name();
        if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "md")
        {
            paths.push(format!("docs/{}", name.to_string_lossy()));
        }
    }
    paths.into_iter().map(|path| document(&path))
}

fn document(path: &str) -> Document {
    let text =
        fs::read_to_string(in_repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    Document::parse(path, &text)
}

/// Files and folders of this repository in a piece of code: words that begin with one of its folders.
fn named_files(code: &str) -> Vec<String> {
    const FOLDERS: [&str; 11] = [
        "src/", "worker/", "pkg/", "preview/", "console/", "ui/", "sim/", "tests/", "samples/",
        "tools/", "docs/",
    ];
    code.split(|letter: char| letter.is_whitespace() || matches!(letter, '\'' | '"' | '=' | ','))
        .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)))
        // patterns, names to be filled in, and what a build makes
        .filter(|word| !word.contains(['*', '…']) && !word.contains("NAME"))
        .filter(|word| !word.contains("/dist") && !word.contains("node_modules"))
        .map(str::to_owned)
        .collect()
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

fn members(value: &Value) -> Map<String, Value> {
    value["properties"].as_object().cloned().unwrap_or_default()
}

fn in_repository(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
