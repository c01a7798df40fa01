//! Lists, shows and deletes stored rejects.

use super::Failure;
use super::query::Query;
use super::remedy::{Remedy, remedy};
use super::selection::{WHERE, filter_values, selection_values};
use crate::config::Setup;
use crate::platform::PlatformError;
use crate::rejects::{database, join_parts, list, query_texts};
use crate::reply::{self, Reply};
use kochava_edge::{
    Context, ExplainedEvent, Fate, FieldExplanation, LookupResult, Moment, Origin, Source,
    single_element_body,
};
use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use wasm_bindgen::JsValue;
use worker::Env;

/// One page of rejects.
#[derive(Serialize)]
struct Page {
    rejects: Vec<Box<RawValue>>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

/// The columns of a listed row that the cursor needs; the reply contains the whole row.
#[derive(Deserialize)]
struct ListedReject {
    code: String,
    cursor: String,
    source: String,
    received_at: String,
    is_user: bool,
    sync: Option<String>,
}

/// Replies with one page of rejects, the latest first.
pub(super) async fn list_rejects(query: &Query, env: &Env) -> Result<Reply, Failure> {
    let limit = query.limit();
    let (at, id) = query.cursor.clone().unzip();
    let mut values = filter_values(&query.filter);
    values.extend([at, id].map(|part| part.map_or(JsValue::NULL, JsValue::from)));
    values.push((limit + 1).to_string().into());
    let sql = format!(
        "SELECT {ROW} FROM rejects WHERE {WHERE} AND (?8 IS NULL OR (last_at, id) < (CAST(?8 AS INTEGER), ?9)) ORDER BY last_at DESC, id DESC LIMIT CAST(?10 AS INTEGER)"
    );
    let rows = select(env, &sql, values).await?;
    let last = rows.get(limit - 1).filter(|_| rows.len() > limit);
    let next = last.and_then(|row| Some(read_row::<ListedReject>(row)?.cursor));
    let rejects = rows.into_iter().take(limit).filter_map(raw).collect();
    Ok(reply::json(&Page { rejects, next }))
}

/// One reject, its event, and the fate of the event under the current settings.
#[derive(Serialize)]
struct ShownReject {
    reject: Option<Box<RawValue>>,
    /// Who can mend it, and how.
    fix: Option<Remedy>,
    /// The event as it arrived: JSON, or text if it is not valid JSON; null if events are not kept.
    event: Option<Box<RawValue>>,
    /// Null without an event, and while the settings have faults.
    today: Option<Today>,
}

/// Replies with one reject.
pub(super) async fn show_reject(id: &str, setup: &Setup, env: &Env) -> Result<Reply, Failure> {
    let sql = format!("SELECT {ROW} FROM rejects WHERE id = ?1");
    let rows = select(env, &sql, vec![id.into()]).await?;
    let Some(row) = rows.into_iter().next() else {
        return Ok(reply::not_found());
    };
    let listed: Option<ListedReject> = read_row(&row);
    let event = events(env, &[id]).await?.remove(id);
    let alone = listed
        .as_ref()
        .zip(event.as_ref())
        .map(|(listed, event)| single_element_body(event, listed.is_user));
    let explained = listed
        .as_ref()
        .zip(alone.as_ref())
        .and_then(|(listed, alone)| {
            let sync = setup.sync(listed.sync.as_deref().unwrap_or_default())?;
            let sync = sync.ready.as_ref().ok()?;
            let context = Context {
                source: Some(Source::from_name(&listed.source).unwrap_or_default()),
                received_at: Moment::parse(&listed.received_at),
                ..Context::default()
            };
            let mut shapes = sync.shapes.borrow_mut();
            let explained = sync
                .planner
                .explain(alone.as_bytes(), &context, &mut shapes);
            explained.ok()?.into_iter().next()
        });
    // an event with trailing commas is not valid JSON, so it is shown as text
    let event = event.and_then(|text| {
        serde_json::from_str(&text)
            .ok()
            .or_else(|| to_raw_value(&text).ok())
    });
    Ok(reply::json(&ShownReject {
        fix: listed.as_ref().and_then(|listed| remedy(&listed.code)),
        reject: raw(row),
        event,
        today: explained.as_ref().map(Today::of),
    }))
}

#[derive(Serialize)]
struct Deletion {
    deleted: usize,
}

/// What a deletion would delete.
#[derive(Serialize)]
struct DryDeletion {
    dry: bool,
    found: usize,
    deleted: usize,
}

/// Deletes the rejects that the query selects; with `dry` only counts them.
pub(super) async fn delete_rejects(query: &Query, env: &Env) -> Result<Reply, Failure> {
    let values = selection_values(&query.selection()?);
    if query.is_dry {
        let sql = format!("SELECT CAST(count(*) AS TEXT) FROM rejects WHERE {WHERE}");
        let counted = select(env, &sql, values).await?;
        let found = counted.first().and_then(|count| count.parse().ok());
        return Ok(reply::json(&DryDeletion {
            dry: true,
            found: found.ok_or(PlatformError::Database)?,
            deleted: 0,
        }));
    }
    let events =
        format!("DELETE FROM reject_events WHERE id IN (SELECT id FROM rejects WHERE {WHERE})");
    let rows = format!("DELETE FROM rejects WHERE {WHERE} RETURNING id");
    let database = database(env)?;
    let statements = [(events.as_str(), values.clone()), (rows.as_str(), values)];
    let answers = query_texts(&database, &statements).await?;
    let deleted = answers.last().map_or(0, Vec::len);
    Ok(reply::json(&Deletion { deleted }))
}

/// Returns the first column of the rows of one statement.
pub(super) async fn select(
    env: &Env,
    sql: &str,
    values: Vec<JsValue>,
) -> Result<Vec<String>, PlatformError> {
    let database = database(env)?;
    let statements = [(sql, values)];
    Ok(query_texts(&database, &statements)
        .await?
        .pop()
        .unwrap_or_default())
}

/// Reads the events of rejects, by id, and joins their parts.
pub(super) async fn events(
    env: &Env,
    ids: &[&str],
) -> Result<LiteMap<String, String>, PlatformError> {
    let sql = "SELECT id || text FROM reject_events WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id, number";
    let parts = select(env, sql, vec![list(ids.iter().copied()).into()]).await?;
    Ok(join_parts(&parts))
}

/// Reads a row that is a JSON object.
pub(super) fn read_row<'r, T: Deserialize<'r>>(row: &'r str) -> Option<T> {
    serde_json::from_str(row).ok()
}

fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}

/// The fate of an event under the current settings, and the origin of each field.
#[derive(Serialize)]
struct Today {
    fate: &'static str,
    #[serde(flatten)]
    skipped: Option<Skipped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    violations: Option<Box<RawValue>>,
    fields: Vec<ExplainedField>,
}

/// Why an event is skipped.
#[derive(Serialize)]
pub(super) struct Skipped {
    code: &'static str,
    message: &'static str,
}

impl Skipped {
    pub(super) fn of(fate: &Fate) -> Option<Self> {
        let Fate::Skipped(skip) = fate else {
            return None;
        };
        Some(Skipped {
            code: skip.code(),
            message: skip.sentence(),
        })
    }
}

impl Today {
    fn of(explained: &ExplainedEvent<'_>) -> Self {
        let mut fields = Vec::new();
        explained.each_field(&mut |explanation| fields.push(ExplainedField::of(&explanation)));
        Today {
            fate: fate_name(&explained.fate),
            skipped: Skipped::of(&explained.fate),
            violations: reply::violations(&explained.fate),
            fields,
        }
    }
}

/// Returns the name of a fate.
pub(super) fn fate_name(fate: &Fate) -> &'static str {
    match fate {
        Fate::Ready(_) => "ready",
        Fate::Skipped(_) => "skipped",
        Fate::Refused(_) => "refused",
    }
}

/// The value of one field, and its origin.
#[derive(Serialize)]
struct ExplainedField {
    field: String,
    value: Option<Box<RawValue>>,
    #[serde(flatten)]
    origin: FieldOrigin,
    tried: Vec<TriedPath>,
}

/// Where a value came from.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum FieldOrigin {
    /// The paths; null where Kochava's guide fixes the value.
    Origin(Option<String>),
    Setting(&'static str),
}

#[derive(Serialize)]
struct TriedPath {
    path: String,
    found: &'static str,
}

impl ExplainedField {
    fn of(explanation: &FieldExplanation<'_>) -> Self {
        let paths = || {
            let paths: Vec<String> = explanation.sources().map(ToString::to_string).collect();
            paths.join(", ")
        };
        let origin = match explanation.origin {
            Origin::Paths => FieldOrigin::Origin(Some(paths())),
            Origin::Setting(setting) => FieldOrigin::Setting(setting),
            Origin::Guide => FieldOrigin::Origin(None),
        };
        let tried = explanation.tried.clone().map(|lookup| TriedPath {
            path: lookup.path.to_string(),
            found: match lookup.result {
                LookupResult::Missing => "nothing",
                LookupResult::Used => "taken",
                LookupResult::Unusable(rule) => rule.map_or("wrong-type", |rule| rule.code()),
            },
        });
        ExplainedField {
            field: explanation.field.to_string(),
            value: explanation.value().map(str::to_owned).and_then(raw),
            origin,
            tried: tried.collect(),
        }
    }
}

/// A reject without its event.
const ROW: &str = "json_object('id', id, 'sync', nullif(sync, ''), 'event', name, 'app', app, 'code', code, 'field', field, 'reasons', json(reasons), \
'received_at', strftime('%Y-%m-%dT%H:%M:%fZ', received_at / 1000.0, 'unixepoch'), \
'first_at', strftime('%Y-%m-%dT%H:%M:%fZ', first_at / 1000.0, 'unixepoch'), 'last_at', strftime('%Y-%m-%dT%H:%M:%fZ', last_at / 1000.0, 'unixepoch'), \
'times', times, 'status', status, 'answer', answer, 'attempts', attempts, 'deferrals', deferrals, 'settings', settings, 'source', source, \
'is_user', json(iif(of_users, 'true', 'false')), 'cursor', last_at || '-' || id)";
