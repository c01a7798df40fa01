//! Which rejects are there, what is one of them, and which shall be forgotten?

use super::query::{Asked, WHERE};
use crate::config::Config;
use crate::object::Object;
use crate::platform::PlatformError;
use crate::rejects::{database, list, query_texts};
use crate::reply::{self, Reply};
use kochava_edge::{
    Context, ExplainedEvent, Fate, FieldExplanation, LookupResult as Tried, Members, Moment,
    Origin, Reader, Source, Value, alone,
};
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;
use worker::Env;

/// A page of them, the latest first.
pub(super) async fn all(asked: &Asked, env: &Env) -> Result<Reply, PlatformError> {
    let limit = asked.limit();
    let (at, id) = asked
        .word("cursor")
        .and_then(|cursor| cursor.split_once('-'))
        .unzip();
    let mut values = asked.values();
    values.extend([at, id].map(|part| part.map_or(JsValue::NULL, JsValue::from_str)));
    values.push((limit + 1).to_string().into());
    let sql = format!(
        "SELECT {ROW} FROM rejects WHERE {WHERE} AND (?6 IS NULL OR (last_at, id) < (CAST(?6 AS INTEGER), ?7)) ORDER BY last_at DESC, id DESC LIMIT CAST(?8 AS INTEGER)"
    );
    let rows = select(env, &sql, values).await?;
    let page = &rows[..rows.len().min(limit)];
    let next = page
        .last()
        .filter(|_| rows.len() > limit)
        .and_then(|row| text(row, "cursor"));
    let body = Object::new().raw("rejects", &["[", &page.join(","), "]"].concat());
    let body = match next {
        Some(next) => body.text("next", &next),
        None => body.raw("next", "null"),
    };
    Ok(reply::told(body))
}

/// One of them, with the event and what becomes of it today.
pub(super) async fn one(asked: &Asked, config: &Config, env: &Env) -> Result<Reply, PlatformError> {
    let sql = format!("SELECT {ROW} FROM rejects WHERE id = ?1");
    let rows = select(env, &sql, vec![asked.name.as_str().into()]).await?;
    let Some(row) = rows.first() else {
        return Ok(reply::not_found());
    };
    let event = events(env, &[asked.name.as_str()])
        .await?
        .remove(&asked.name);
    let body = Object::new().raw("reject", row);
    let Some(event) = event else {
        return Ok(reply::told(body.raw("event", "null").raw("today", "null")));
    };
    let mut reader = Reader::new(&event);
    let is_json = reader.value().is_ok() && reader.end().is_ok();
    let body = if is_json {
        body.raw("event", &event)
    } else {
        body.text("event", &event)
    };
    let context = Context {
        source: text(row, "source")
            .and_then(|name| Source::of_name(&name))
            .unwrap_or_default(),
        received_at: text(row, "received_at").and_then(|time| Moment::parse(&time)),
        limits: None,
    };
    let of_users = text(row, "is_user").is_some_and(|flag| flag == "true");
    let alone = alone(&event, of_users);
    let today = config
        .planner
        .explain(alone.as_bytes(), &context, &mut config.shapes.borrow_mut())
        .ok()
        .and_then(|explained| explained.into_iter().next());
    let body = match today {
        Some(explained) => body.object("today", &today_of(&explained)),
        None => body.raw("today", "null"),
    };
    Ok(reply::told(body))
}

/// Forgets those that are asked for.
pub(super) async fn delete(asked: &Asked, env: &Env) -> Result<Reply, PlatformError> {
    if !asked.says_which {
        return Ok(reply::says_not_which());
    }
    let events =
        format!("DELETE FROM reject_events WHERE id IN (SELECT id FROM rejects WHERE {WHERE})");
    let rows = format!("DELETE FROM rejects WHERE {WHERE} RETURNING id");
    let database = database(env)?;
    let statements = [
        (events.as_str(), asked.values()),
        (rows.as_str(), asked.values()),
    ];
    let answers = query_texts(&database, &statements).await?;
    Ok(reply::told(
        Object::new().number("deleted", answers.last().map_or(0, Vec::len)),
    ))
}

/// The first column of the rows of one statement.
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

/// The events of rejects, by their ids, put together again.
pub(super) async fn events(
    env: &Env,
    ids: &[&str],
) -> Result<BTreeMap<String, String>, PlatformError> {
    let sql = "SELECT json_object('id', id, 'text', text) FROM reject_events WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id, number";
    let mut events: BTreeMap<String, String> = BTreeMap::default();
    for part in select(env, sql, vec![list(ids.iter().copied()).into()]).await? {
        if let (Some(id), Some(text)) = (text(&part, "id"), text(&part, "text")) {
            events.entry(id).or_default().push_str(&text);
        }
    }
    Ok(events)
}

/// A member of a row: a text; a number or a flag as it is spelled.
pub(super) fn text(row: &str, key: &str) -> Option<String> {
    let members: Members<'_> = Reader::new(row).value().ok()?.members().collect();
    match members.get(key)? {
        Value::String(text) => Some(text.decode().into_owned()),
        Value::Number(text) | Value::Bool(text) => Some(text.to_owned()),
        _ => None,
    }
}

fn today_of(explained: &ExplainedEvent<'_>) -> Object {
    let today = match &explained.fate {
        Fate::Ready(_) => Object::new().text("fate", "ready"),
        Fate::Skipped(skip) => Object::new()
            .text("fate", "skipped")
            .text("code", skip.code())
            .text("message", skip.sentence()),
        Fate::Refused(violations) => Object::new()
            .text("fate", "refused")
            .list("violations", violations.iter().map(reply::violation)),
    };
    let mut fields = Vec::new();
    explained.each_field(&mut |explanation| fields.push(field(&explanation)));
    today.list("fields", fields)
}

fn field(explanation: &FieldExplanation<'_>) -> Object {
    let field = Object::new().text("field", &explanation.field.to_string());
    let field = field.raw("value", explanation.value().unwrap_or("null"));
    let field = match explanation.origin {
        Origin::Paths => field.text(
            "origin",
            &explanation
                .taken()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        ),
        Origin::Setting(setting) => field.text("setting", setting),
        Origin::Guide => field.raw("origin", "null"),
    };
    let tried = explanation.tried.clone().map(|question| {
        let tried = Object::new().text("path", &question.path.to_string());
        match question.answer {
            Tried::Missing => tried.text("found", "nothing"),
            Tried::Used => tried.text("found", "taken"),
            Tried::Unusable(rule) => {
                tried.text("found", rule.map_or("wrong-type", |rule| rule.code()))
            }
        }
    });
    field.list("tried", tried)
}

/// A reject without its event.
const ROW: &str = "json_object('id', id, 'event', name, 'code', code, 'field', field, 'reasons', json(reasons), \
'received_at', strftime('%Y-%m-%dT%H:%M:%fZ', received_at / 1000.0, 'unixepoch'), \
'first_at', strftime('%Y-%m-%dT%H:%M:%fZ', first_at / 1000.0, 'unixepoch'), 'last_at', strftime('%Y-%m-%dT%H:%M:%fZ', last_at / 1000.0, 'unixepoch'), \
'times', times, 'status', status, 'answer', answer, 'attempts', attempts, 'deferrals', deferrals, 'settings', settings, 'source', source, \
'is_user', json(iif(of_users, 'true', 'false')), 'cursor', last_at || '-' || id)";
