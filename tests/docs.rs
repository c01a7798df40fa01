//! Generated parts of the reference pages: written on request, otherwise checked.
//!
//! `UPDATE_DOCS=1 cargo test --locked --test docs` writes them. A plain run fails if a page is
//! stale or is not tracked by git. What a page says around its generated parts is kept; a part lies
//! between `<!-- NAME: generated -->` and `<!-- /NAME -->`.

#[path = "docs/reasons.rs"]
mod reasons;
#[path = "docs/settings.rs"]
mod settings;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A part of a page: its name and what writes it.
type Part = (&'static str, fn() -> String);

const PAGES: &[(&str, &[Part])] = &[
    (
        "docs/settings.md",
        &[
            ("settings", settings::settings),
            ("conditions", settings::conditions),
        ],
    ),
    (
        "docs/reasons.md",
        &[
            ("refused", reasons::refused),
            ("skipped", reasons::skipped),
            ("warnings", reasons::warnings),
            ("check", reasons::check),
            ("undelivered", reasons::undelivered),
            ("unreadable", reasons::unreadable),
        ],
    ),
];

#[test]
fn every_generated_part_is_up_to_date() {
    let is_update = env::var_os("UPDATE_DOCS").is_some_and(|value| value != "0");
    for (page, parts) in PAGES {
        let file = in_repository(page);
        let text = fs::read_to_string(&file).expect("the page can be read");
        let fresh = parts
            .iter()
            .fold(text.clone(), |text, part| with_part(&text, page, part));
        if is_update {
            fs::write(&file, fresh).expect("the page can be written");
        } else {
            assert!(fresh == text, "{page} is stale: run `make docs`");
        }
    }
}

#[test]
fn every_generated_page_is_tracked_by_git() {
    // a source archive has no history to ask
    if !in_repository(".git").exists() {
        return;
    }
    let output = Command::new("git")
        .args(["ls-files", "--error-unmatch", "--"])
        .args(PAGES.iter().map(|(page, _)| page))
        .current_dir(in_repository("."))
        .output()
        .expect("git can be run");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn operations_explains_every_alert_and_every_incident() {
    use kochava_edge::{AlertCode, TripReason};
    let alerts = [
        AlertCode::Paused,
        AlertCode::Rejects,
        AlertCode::Waiting,
        AlertCode::Coverage,
        AlertCode::DeadLetters,
        AlertCode::Storage,
    ];
    let codes = alerts.map(|code| match code {
        // a new one is added to the list above
        AlertCode::Paused
        | AlertCode::Rejects
        | AlertCode::Waiting
        | AlertCode::Coverage
        | AlertCode::DeadLetters
        | AlertCode::Storage => serde_json::to_string(&code).expect("it has a name"),
    });
    assert_eq!(
        operations_table("alert"),
        codes.map(|code| code.replace('"', "`"))
    );
    let reasons = [
        TripReason::Limited,
        TripReason::Down,
        TripReason::Refused(401),
        TripReason::SameAnswer(400),
        TripReason::UnreadableAnswers,
    ];
    let codes = reasons.map(|reason| match reason {
        // a new one is added to the list above
        TripReason::Limited
        | TripReason::Down
        | TripReason::Refused(_)
        | TripReason::SameAnswer(_)
        | TripReason::UnreadableAnswers => format!("`{}`", reason.code()),
    });
    assert_eq!(operations_table("incident"), codes);
}

/// The first column of the table of `docs/operations.md` that begins with this head.
fn operations_table(head: &str) -> Vec<String> {
    let text = fs::read_to_string(in_repository("docs/operations.md")).expect("it can be read");
    let start = format!("| {head} |");
    let rows = text.lines().skip_while(|line| !line.starts_with(&start));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        row.split('|')
            .nth(1)
            .expect("it has cells")
            .trim()
            .to_owned()
    })
    .collect()
}

#[test]
fn a_stale_part_is_noticed_and_the_text_around_it_kept() {
    let page = "before\n<!-- x: generated -->\n\nold\n\n<!-- /x -->\nafter\n";
    let fresh = with_part(page, "page", &("x", || "new\n".to_owned()));
    assert_eq!(
        fresh,
        "before\n<!-- x: generated -->\n\nnew\n\n<!-- /x -->\nafter\n"
    );
    assert_eq!(
        with_part(&fresh, "page", &("x", || "new\n".to_owned())),
        fresh
    );
}

#[test]
#[should_panic(expected = "page has no part `x`")]
fn a_page_without_its_part_is_noticed() {
    _ = with_part(
        "before\n<!-- y: generated -->\n",
        "page",
        &("x", String::new),
    );
}

/// The page with one part written anew.
fn with_part(text: &str, page: &str, (name, write): &Part) -> String {
    let (begin, end) = (
        format!("<!-- {name}: generated -->\n"),
        format!("<!-- /{name} -->\n"),
    );
    let parts = text.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let (before, after) = parts.unwrap_or_else(|| panic!("{page} has no part `{name}`"));
    format!("{before}{begin}\n{}\n{end}{after}", write())
}

/// A table of Markdown.
fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let rows: Vec<_> = rows
        .map(|row| line(&row.iter().map(String::as_str).collect::<Vec<_>>()))
        .collect();
    [line(head), line(&vec!["---"; head.len()]), rows.concat()].concat()
}

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
