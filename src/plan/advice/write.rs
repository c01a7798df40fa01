//! Writes advice as JSON.

use super::{Advice, Candidate};
use crate::json::{append, write_plain_str, write_plain_strs};
use alloc::string::String;

/// Appends advice:
/// `{"setting":…,"settings":[…],"help":…,"candidates":[…],"block":…,"patch":[…]}`.
pub fn write_advice(out: &mut String, advice: &Advice) {
    let mut rest = &*advice.settings;
    let first = rest.split_once(' ').map_or(rest, |(first, _)| first);
    write_member(
        out,
        "{\"setting\":",
        Some(first).filter(|_| !rest.is_empty()),
    );
    put(out, ",\"settings\":[");
    let mut comma = "";
    while !rest.is_empty() {
        let (setting, others) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = others;
        if !setting.is_empty() {
            write_member(out, comma, Some(setting));
            comma = ",";
        }
    }
    put(out, "],\"help\":");
    write_plain_strs(out, ["reasons.md#", advice.code]);
    put(out, ",\"candidates\":[");
    write_candidates(out, &advice.candidates);
    put(out, "],\"block\":");
    match advice.block {
        Some(at) => put(out, &alloc::format!("{at}")),
        None => put(out, "null"),
    }
    put(out, ",\"patch\":[");
    let mut start = "{\"path\":";
    for change in &advice.patch {
        write_member(out, start, Some(&change.path));
        put(out, ",\"value\":");
        put(out, &change.value);
        put(out, "}");
        start = ",{\"path\":";
    }
    put(out, "]}");
}

/// Appends candidates, separated by commas:
/// `{"setting":…,"path":…,"why":…,"value_kind":…,"certain":…,"value":…}`.
pub(in crate::plan) fn write_candidates(out: &mut String, candidates: &[Candidate]) {
    let mut start = "{\"setting\":";
    for candidate in candidates {
        write_member(out, start, Some(candidate.setting()));
        write_member(out, ",\"path\":", Some(&candidate.path));
        put(out, ",\"why\":");
        write_plain_strs(out, candidate.why());
        write_member(out, ",\"value_kind\":", Some(candidate.kind()));
        put(out, ",\"certain\":");
        put(
            out,
            if candidate.is_certain() {
                "true"
            } else {
                "false"
            },
        );
        put(out, ",\"value\":");
        write_paths(out, &candidate.value);
        put(out, "}");
        start = ",{\"setting\":";
    }
}

/// Appends paths as the settings hold them: one as a text, several as a list, none as null.
#[inline(never)]
pub(in crate::plan) fn write_paths(out: &mut String, paths: &[String]) {
    if let [] | [_] = paths {
        return write_member(out, "", paths.first().map(String::as_str));
    }
    let mut start = "[";
    for path in paths {
        write_member(out, start, Some(path));
        start = ",";
    }
    put(out, "]");
}

/// Appends what stands before a text, and the text as JSON, or null.
#[inline(never)]
pub(in crate::plan) fn write_member(out: &mut String, before: &str, text: Option<&str>) {
    put(out, before);
    match text {
        Some(text) => write_plain_str(out, text),
        None => put(out, "null"),
    }
}

/// Appends a text as it is.
#[inline(never)]
pub(in crate::plan) fn put(out: &mut String, text: &str) {
    append(out, text);
}
