//! Proposes a mapping for the events of a body.
//!
//! In: events, and perhaps settings. Out: for each field that settings map, the paths that look right
//! in these events and the ones that are proposed; and whole settings with them. What a sender
//! documents is preferred to what looks right; where nothing fits, nothing is proposed. Settings
//! that had an event sent never have it refused once a proposal is applied: each change that would
//! is left out.

mod gather;
mod lines;
mod text;

use super::advice::{put, write_candidates, write_member, write_paths};
use super::{Context, Fate, Planner};
use crate::settings::{Settings, SettingsFault};
use crate::source::{Source, Unreadable, utf8_body};
use alloc::string::String;
use alloc::vec::Vec;
use gather::{Field, Gathered, gather, no_settings};
use text::SettingsText;

/// Stands for an App GUID that is not known. A deploy check refuses it like every example's.
pub const APP_GUID_PLACEHOLDER: &str = "koexample";

/// A mapping for some events.
#[derive(Debug)]
pub struct Proposal {
    /// The senders of the events, each once; of what an envelope carries the carried sender.
    pub sources: Vec<Source>,
    /// The sender of the first event, of an envelope that of the envelope; `None` where its shape is
    /// that of none.
    pub source: Option<Source>,
    /// The whole settings, as JSON text that [`Settings::read`] accepts.
    pub settings: String,
    fields: Vec<Field>,
}

/// Why nothing can be proposed.
#[derive(Debug)]
pub enum ProposalError {
    /// The bytes are no batch.
    Unreadable(Unreadable),
    /// The settings have faults that a mapping does not mend.
    Settings(Vec<SettingsFault>),
}

/// Proposes a mapping for the events of a body or of lines of JSON; `settings` are kept, and paths
/// are added to theirs.
///
/// # Errors
/// Bytes that are no batch; settings with other faults than a missing mapping or App GUID.
///
/// # Example
/// ```
/// use kochava_edge::{Context, propose};
/// let event = br#"{"name":"Level Up","client_ip":"203.0.113.9","kochava_id":"KI-1","adid":"11111111-2222-4333-8444-555555555555"}"#;
/// let context = Context { source: None, ..Context::default() };
/// let proposal = propose(event, &context, None).unwrap();
/// assert!(proposal.settings.contains(r#""origination_ip":"client_ip""#));
/// ```
pub fn propose(
    body: &[u8],
    context: &Context<'_>,
    settings: Option<&str>,
) -> Result<Proposal, ProposalError> {
    let body = utf8_body(body).map_err(ProposalError::Unreadable)?;
    let body = lines::as_batch(body);
    let body = body.as_ref();
    let before = settings
        .and_then(|text| Settings::read(text).ok())
        .map(Planner::new);
    let reader = match &before {
        Some(planner) => planner,
        None => &Planner::new(no_settings()),
    };
    let gathered = gather(body, context, reader).map_err(ProposalError::Unreadable)?;
    let Gathered {
        sources,
        source,
        mut fields,
    } = gathered;
    let mut text = SettingsText::of(settings.unwrap_or("{}"));
    if settings.is_none() {
        text.set_sources(&sources);
    }
    complete(&mut text, &mut fields, &sources).map_err(ProposalError::Settings)?;
    if let Some(before) = &before {
        keep_ready(&text, &mut fields, before, body, context);
    }
    Ok(Proposal {
        sources,
        source,
        settings: text.written(&fields),
        fields,
    })
}

/// Adds what the settings lack to be readable: the App GUID, and fields that must be mapped although
/// their sender documents them, or although the events have none.
fn complete(
    text: &mut SettingsText<'_>,
    fields: &mut [Field],
    sources: &[Source],
) -> Result<(), Vec<SettingsFault>> {
    // each round adds what the last one lacked; more than a name, an id, an address and the App
    // GUID cannot be missing
    let mut faults = Vec::new();
    for _ in 0..4 {
        faults = match Settings::read(&text.written(fields)) {
            Ok(_) => return Ok(()),
            Err(faults) => faults,
        };
        // of a mapping without any key, too, it is told that it is missing
        let is_of_mapping = |fault: &SettingsFault| fault.path.starts_with("mapping.");
        let lacks_keys = faults.iter().any(is_of_mapping);
        let missing = faults.iter().filter(|fault| fault.code == "missing");
        for fault in missing {
            match fault.path.as_str() {
                "app_guid" => text.app_guid = Some(APP_GUID_PLACEHOLDER),
                "mapping" if lacks_keys => {}
                "mapping" => require_identifier(fields, sources),
                path => {
                    let of_path = |field: &&mut Field| field.look.setting == path;
                    if let Some(field) = fields.iter_mut().find(of_path) {
                        field.require(sources);
                    }
                }
            }
        }
    }
    Err(faults)
}

/// Maps the identifiers that the events have, or where an app is told to put them.
fn require_identifier(fields: &mut [Field], sources: &[Source]) {
    let settings = [
        "mapping.idfv",
        "mapping.adid",
        "mapping.idfa",
        "mapping.android_id",
    ];
    let is_id = |field: &Field| settings.contains(&field.look.setting);
    let mut has_any = false;
    for field in fields.iter_mut().filter(|field| is_id(field)) {
        has_any |= field.use_documented();
    }
    if !has_any {
        let expected = |field: &&mut Field| settings[..2].contains(&field.look.setting);
        for field in fields.iter_mut().filter(expected) {
            field.require(sources);
        }
    }
}

/// Leaves out each path that has an event refused which is ready without it.
fn keep_ready(
    text: &SettingsText<'_>,
    fields: &mut [Field],
    before: &Planner,
    body: &str,
    context: &Context<'_>,
) {
    let ready = ready_events(before, body, context);
    let keeps = |fields: &[Field]| {
        let Ok(settings) = Settings::read(&text.written(fields)) else {
            return false;
        };
        let now = ready_events(&Planner::new(settings), body, context);
        ready.iter().zip(now).all(|(before, now)| now || !before)
    };
    if keeps(fields) {
        return;
    }
    // add the changes one by one, and leave out those that lose an event
    let mut wanted = Vec::new();
    for field in fields.iter_mut() {
        wanted.push(core::mem::take(&mut field.added));
    }
    for (at, added) in wanted.into_iter().enumerate() {
        if added.is_empty() {
            continue;
        }
        fields[at].added = added;
        if !keeps(fields) {
            fields[at].added.clear();
        }
    }
}

/// For each event of a body whether it is sent.
fn ready_events(planner: &Planner, body: &str, context: &Context<'_>) -> Vec<bool> {
    let mut ready = Vec::new();
    if let Ok(plan) = planner.plan(body.as_bytes(), context) {
        for fate in &plan.fates {
            ready.push(matches!(fate, Fate::Ready(_)));
        }
    }
    ready
}

impl Proposal {
    /// Appends the proposal as JSON:
    /// `{"source":…,"sources":[…],"settings":{…},"fields":[{"setting":…,"chosen":…,…}]}`.
    pub fn write(&self, out: &mut String) {
        write_member(out, "{\"source\":", self.source.map(Source::name));
        let mut start = ",\"sources\":[";
        for source in &self.sources {
            write_member(out, start, Some(source.name()));
            start = ",";
        }
        put(
            out,
            if self.sources.is_empty() {
                ",\"sources\":[]"
            } else {
                "]"
            },
        );
        put(out, ",\"settings\":");
        put(out, &self.settings);
        put(out, ",\"fields\":[");
        let mut start = "{\"setting\":";
        for field in self.fields.iter().filter(|field| field.is_told()) {
            write_member(out, start, Some(field.look.setting));
            write_member(out, ",\"chosen\":", field.chosen());
            put(out, ",\"value\":");
            write_paths(out, &field.value());
            write_member(out, ",\"expected\":", field.expected.as_deref());
            put(out, ",\"candidates\":[");
            write_candidates(out, &field.candidates());
            put(out, "]}");
            start = ",{\"setting\":";
        }
        put(out, "]}");
    }
}
