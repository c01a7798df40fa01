//! Writes advice as JSON.

use super::{Advice, Candidate};
use crate::json::{append, write_plain_str};
use alloc::string::String;

/// Where `docs/` tells about a code: the page and the place in it are joined by `#`.
const HELP: &str = "reasons.md#";

/// Appends advice:
/// `{"setting":…,"settings":[…],"help":…,"candidates":[…],"block":…,"patch":[…]}`.
pub fn write_advice(out: &mut String, advice: &Advice) {
    append(out, "{\"setting\":");
    match advice.settings.first() {
        Some(setting) => write_plain_str(out, setting),
        None => append(out, "null"),
    }
    append(out, ",\"settings\":");
    write_strings(out, advice.settings.iter().map(AsRef::as_ref));
    append(out, ",\"help\":\"");
    append(out, HELP);
    append(out, advice.code);
    append(out, "\",\"candidates\":[");
    for (place, candidate) in advice.candidates.iter().enumerate() {
        append(out, if place > 0 { "," } else { "" });
        write_candidate(out, candidate);
    }
    append(out, "],\"block\":");
    match advice.block {
        Some(at) => append(out, &alloc::format!("{at}")),
        None => append(out, "null"),
    }
    append(out, ",\"patch\":[");
    for (place, change) in advice.patch.iter().enumerate() {
        append(
            out,
            if place > 0 {
                ",{\"path\":"
            } else {
                "{\"path\":"
            },
        );
        write_plain_str(out, &change.path);
        append(out, ",\"value\":");
        append(out, &change.value);
        out.push('}');
    }
    append(out, "]}");
}

/// Appends a candidate: `{"setting":…,"path":…,"why":…,"value_kind":…,"certain":…,"value":…}`.
pub(in crate::plan) fn write_candidate(out: &mut String, candidate: &Candidate) {
    append(out, "{\"setting\":");
    write_plain_str(out, candidate.setting);
    append(out, ",\"path\":");
    write_plain_str(out, &candidate.path);
    append(out, ",\"why\":");
    write_plain_str(out, &candidate.why);
    append(out, ",\"value_kind\":");
    write_plain_str(out, candidate.kind);
    append(out, ",\"certain\":");
    append(
        out,
        if candidate.is_certain {
            "true"
        } else {
            "false"
        },
    );
    append(out, ",\"value\":");
    write_paths(out, &candidate.value);
    out.push('}');
}

/// Appends paths as the settings hold them: one as a text, several as a list.
pub(in crate::plan) fn write_paths(out: &mut String, paths: &[String]) {
    match paths {
        [path] => write_plain_str(out, path),
        paths => write_strings(out, paths.iter().map(String::as_str)),
    }
}

/// Appends a list of texts.
pub(in crate::plan) fn write_strings<'t>(out: &mut String, texts: impl Iterator<Item = &'t str>) {
    out.push('[');
    for (place, text) in texts.enumerate() {
        append(out, if place > 0 { "," } else { "" });
        write_plain_str(out, text);
    }
    out.push(']');
}
