//! Rejects by reason, event and app: how many, since when, and who can mend them.

use super::Failure;
use super::list::{read_row, select};
use super::query::Query;
use super::remedy::remedy;
use super::selection::{WHERE, filter_values};
use crate::json::Json;
use crate::rejects::to_json;
use crate::reply::{self, Reply};
use serde::Deserialize;
use worker::Env;

/// Replies with the groups, the largest first.
pub(super) async fn groups(query: &Query, env: &Env) -> Result<Reply, Failure> {
    // by its first reason alone, so that the index of the groups suffices
    let others = WHERE.split_once(" AND ").map_or("", |(_, others)| others);
    let sql = format!(
        "SELECT {GROUP} FROM rejects WHERE (?1 IS NULL OR code = ?1) AND {others} GROUP BY sync, code, name, app ORDER BY count(*) DESC, code, name, sync, app LIMIT {GROUPS_MAX}"
    );
    let mut json = Json::default();
    json.open('{');
    json.open_member("groups", '[');
    for row in select(env, &sql, filter_values(&query.filter)).await? {
        let reason = read_row::<GroupReason>(&row).map(|group| group.reason);
        let fix = reason.and_then(|reason| remedy(&reason));
        // the members of the row, and one more
        json.element(row.trim_end_matches('}'));
        json.raw("fix", &to_json(&fix));
        json.close('}');
    }
    json.close(']');
    json.close('}');
    Ok(reply::json_text(json))
}

#[derive(Deserialize)]
struct GroupReason {
    reason: String,
}

/// Groups that a reply lists.
///
/// Ours: a page of them; names of events are few, and where they are not, the largest matter.
const GROUPS_MAX: usize = 500;

const GROUP: &str = "json_object('sync', nullif(sync, ''), 'reason', code, 'event', name, 'app', app, 'count', count(*), \
'first_at', strftime('%Y-%m-%dT%H:%M:%fZ', min(first_at) / 1000.0, 'unixepoch'), \
'last_at', strftime('%Y-%m-%dT%H:%M:%fZ', max(last_at) / 1000.0, 'unixepoch'))";
