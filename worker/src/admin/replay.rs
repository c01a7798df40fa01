//! Sends rejects again: the interpreter of [`kochava_edge::replay`].

use super::Failure;
use super::list::{events, read_row, select};
use super::query::Query;
use super::report::Report;
use super::selection::{WHERE, selection_values};
use crate::config::Setup;
use crate::config::sync::ReadySync;
use crate::ingest::send;
use crate::platform::PlatformError;
use crate::reply::{self, Reply};
use crate::{clock, failpoint, large_events, rejects};
use futures_util::join;
use kochava_edge::{
    DeliveryProgress, Digest, Moment, RejectPage, RejectPick, RejectVersion, ReplayContext,
    ReplayOutcome, ReplayStep, ReplayTurn, Source, StoredReject, TurnResult, replay as begin,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use wasm_bindgen::JsValue;
use worker::Env;

/// Sends rejects again, sync by sync; with `dry` only reports what would be sent.
pub(super) async fn replay(query: &Query, setup: &Setup, env: &Env) -> Result<Reply, Failure> {
    let selection = query.selection()?;
    let wanted = query.filter.sync.as_deref();
    let syncs = setup.syncs.iter();
    let syncs = syncs.filter(|sync| wanted.is_none_or(|name| name == sync.name));
    let (mut outcomes, mut misconfigured) = (Vec::new(), Vec::new());
    for sync in syncs {
        // an event is planned under the settings
        let (Ok(ready), true) = (&sync.ready, setup.config.is_ok()) else {
            misconfigured.push(sync);
            continue;
        };
        let mut selection = selection_values(&selection);
        if let Some(name) = selection.last_mut() {
            *name = sync.name.as_str().into();
        }
        let outcome = replay_sync(ready, &selection, query.is_dry, env).await?;
        outcomes.push((ready.name.as_str(), outcome));
    }
    match misconfigured.as_slice() {
        [] if outcomes.is_empty() => Ok(reply::unknown_sync(setup)),
        [_, ..] if outcomes.is_empty() => Ok(reply::misconfigured(&setup.faults())),
        _ => {
            let misconfigured = misconfigured.iter().map(|sync| sync.shown()).collect();
            let report = Report::of(&outcomes, misconfigured, query.is_dry);
            Ok(reply::json(&report))
        }
    }
}

/// Sends the selected rejects of a sync again.
async fn replay_sync(
    sync: &ReadySync,
    selection: &[JsValue],
    is_dry: bool,
    env: &Env,
) -> Result<ReplayOutcome, Failure> {
    let mut step = begin(ReplayContext {
        sync: &sync.name,
        planner: &sync.planner,
        now: Moment::from_millis(clock::now()),
        is_dry,
    });
    loop {
        failpoint::at("replay");
        step = match step {
            ReplayStep::Turn(turn, turning) => turning.turned(do_turn(turn, selection, env).await),
            ReplayStep::Store(events, storing) => {
                let stored = large_events::store(env, &events).await;
                storing.stored(stored.inspect_err(|error| error.log()).is_ok())
            }
            ReplayStep::Send(batches, queueing) => queueing.sent(send(&batches, env).await),
            ReplayStep::Done(outcome) if outcome.has_failed => return Err(Failure::Store),
            ReplayStep::Done(outcome) => return Ok(outcome),
        };
    }
}

/// Deletes what was queued, and reads the next page; side by side.
async fn do_turn(turn: ReplayTurn, selection: &[JsValue], env: &Env) -> TurnResult {
    let delete = async {
        match turn.delete.as_slice() {
            [] => Ok(()),
            versions => rejects::delete_versions(env, versions).await,
        }
    };
    let pick = async {
        match &turn.pick {
            Some(pick) => read_page(pick, selection, env).await.map(Some),
            None => Ok(None),
        }
    };
    let (deleted, page) = join!(delete, pick);
    TurnResult {
        are_deleted: deleted.inspect_err(|error| error.log()).is_ok(),
        page: page.inspect_err(|error| error.log()).ok().flatten(),
    }
}

/// Reads a page of the selected rejects, with their events.
async fn read_page(
    pick: &RejectPick,
    selection: &[JsValue],
    env: &Env,
) -> Result<RejectPage, PlatformError> {
    let sql = format!(
        "SELECT {ROW} FROM rejects WHERE {WHERE} AND last_at <= CAST(?8 AS INTEGER) AND (?9 IS NULL OR (last_at, id) > (CAST(?9 AS INTEGER), ?10)) ORDER BY last_at, id LIMIT CAST(?11 AS INTEGER)"
    );
    let after = pick
        .after
        .map(|after| (after.stored.millis.to_string(), after.id.to_hex()));
    let (at, id) = after.unzip();
    let mut values = selection.to_vec();
    values.push(pick.until.millis.to_string().into());
    values.extend([at, id].map(|part| part.map_or(JsValue::NULL, JsValue::from)));
    values.push((pick.limit + 1).to_string().into());
    let mut rows = select(env, &sql, values).await?;
    let has_more = rows.len() > pick.limit;
    rows.truncate(pick.limit);
    let rows: Option<Vec<ReplayRow>> = rows.iter().map(|row| read_row(row)).collect();
    let rows = rows.ok_or(PlatformError::Database)?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_hex()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut events = events(env, &ids).await?;
    let rejects = rows.into_iter().zip(ids).map(|(row, id)| StoredReject {
        event: events.remove(id),
        ..row.into_reject()
    });
    Ok(RejectPage {
        rejects: rejects.collect(),
        has_more,
    })
}

/// A reject without its event, as [`ROW`] has it.
#[derive(Deserialize)]
struct ReplayRow {
    id: Digest,
    stored: Moment,
    received: Moment,
    source: String,
    of_users: u8,
    shard: u32,
    settings: Digest,
    progress: DeliveryProgress,
    reasons: Box<RawValue>,
    sent: Vec<String>,
}

impl ReplayRow {
    fn into_reject(self) -> StoredReject {
        StoredReject {
            version: RejectVersion {
                stored: self.stored,
                id: self.id,
            },
            received: self.received,
            source: Source::from_name(&self.source),
            of_users: self.of_users == 1,
            shard: self.shard,
            settings: self.settings,
            progress: self.progress,
            reasons: self.reasons.get().to_owned(),
            sent: self.sent,
            event: None,
        }
    }
}

const ROW: &str = "json_object('id', id, 'stored', last_at, 'received', received_at, 'source', source, 'of_users', of_users, 'shard', shard, \
'settings', settings, 'progress', json(progress), 'reasons', json(reasons), 'sent', json(sent))";

#[cfg(test)]
mod tests {
    use super::{ReplayRow, Source, StoredReject, read_row};

    #[test]
    fn a_row_is_read_as_the_database_writes_it() {
        let id = "0f90403fa2f41d46df4f8b0179869752";
        let row = format!(
            r#"{{"id":"{id}","stored":1767225600000,"received":5,"source":"amplitude","of_users":1,"shard":3,"settings":"{id}","progress":{{"done":1}},"reasons":[{{"code":"expired"}}],"sent":["{{}}"]}}"#
        );
        let read = read_row::<ReplayRow>(&row).map(ReplayRow::into_reject);
        let StoredReject {
            version,
            source,
            of_users,
            shard,
            progress,
            reasons,
            sent,
            ..
        } = read.expect("it is a row");
        assert_eq!(
            (version.id.to_hex().as_str(), version.stored.millis),
            (id, 1_767_225_600_000)
        );
        assert_eq!(
            (source.map(Source::name), of_users),
            (Some("amplitude"), true)
        );
        assert_eq!((shard, progress.done, sent.len()), (3, 1, 1));
        assert_eq!(reasons, r#"[{"code":"expired"}]"#);
        // a release that knows more senders wrote it
        let newer = row.replace("amplitude", "elsewhere");
        let read = read_row::<ReplayRow>(&newer).map(ReplayRow::into_reject);
        assert_eq!(read.and_then(|reject| reject.source), None);
    }
}
