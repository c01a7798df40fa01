//! Numbers that can be drawn: counters in steps with the incidents of breakers, and which fields the
//! sent events had.

use super::query::Query;
use super::stats::Span;
use super::{Failure, names_of, numbers, syncs_of};
use crate::clock;
use crate::config::Setup;
use crate::config::sync::listed;
use crate::durable_objects::Journal;
use crate::json::Json;
use crate::reply::{self, Reply};
use kochava_edge::{
    Coverage, Incident, Moment, PlatformCoverage, Series, SeriesPoint, SeriesRequest, coverage_of,
};
use worker::Env;

/// The length of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Minute,
    Hour,
    Day,
}

impl Step {
    pub(super) const ALL: [Self; 3] = [Step::Minute, Step::Hour, Step::Day];

    pub(super) fn name(self) -> &'static str {
        match self {
            Step::Minute => "minute",
            Step::Hour => "hour",
            Step::Day => "day",
        }
    }

    fn minutes(self) -> i64 {
        match self {
            Step::Minute => 1,
            Step::Hour => 60,
            Step::Day => 24 * 60,
        }
    }

    /// Returns the step that suits a period: one of some hundred points at most.
    fn of(span: &Span) -> Self {
        match (span.to.millis - span.from.millis) / 60_000 {
            ..=240 => Step::Minute,
            241..=20_160 => Step::Hour,
            _ => Step::Day,
        }
    }
}

/// Replies with the numbers of each step in which anything was counted, and the incidents.
pub(super) async fn series(query: &Query, setup: &Setup, env: &Env) -> Result<Reply, Failure> {
    let (span, step) = period(query)?;
    let all = ask(query, setup, env, request(&span, step, false)).await?;
    let mut sum = Series::default();
    let mut incidents = Vec::new();
    for (sync, mut series) in all {
        for incident in std::mem::take(&mut series.incidents) {
            let is_before = |known: &(&str, Incident)| known.1.since <= incident.since;
            incidents.insert(incidents.partition_point(is_before), (sync, incident));
        }
        sum.add(series);
    }
    let mut json = begin(&span, step);
    json.open_member("points", '[');
    for point in &sum.points {
        open_point(&mut json, point);
        numbers::write(&mut json, &point.counters);
        json.close('}');
    }
    json.close(']');
    json.open_member("incidents", '[');
    for (sync, incident) in &incidents {
        write_incident(&mut json, listed(sync), incident);
    }
    json.close(']');
    json.close('}');
    Ok(reply::json_text(json))
}

/// Replies with the fields that the sent events had, by sync and platform.
pub(super) async fn coverage(query: &Query, setup: &Setup, env: &Env) -> Result<Reply, Failure> {
    let (span, step) = period(query)?;
    let all = ask(query, setup, env, request(&span, step, true)).await?;
    let mut json = begin(&span, step);
    json.open_member("rows", '[');
    for (sync, series) in &all {
        let points: Vec<Vec<PlatformCoverage>> = series
            .points
            .iter()
            .map(|point| coverage_of(&point.counters))
            .collect();
        for (number, platform) in Coverage::PLATFORMS.iter().enumerate() {
            let counted: Vec<(&SeriesPoint, &PlatformCoverage)> = series
                .points
                .iter()
                .zip(&points)
                .map(|(point, platforms)| (point, &platforms[number]))
                .filter(|(_, counted)| counted.sent > 0)
                .collect();
            if !counted.is_empty() {
                write_platform(&mut json, listed(sync), platform, &counted);
            }
        }
    }
    json.close(']');
    json.close('}');
    Ok(reply::json_text(json))
}

/// Asks the journals of the syncs that a request is for.
async fn ask<'s>(
    query: &Query,
    setup: &'s Setup,
    env: &Env,
    request: SeriesRequest,
) -> Result<Vec<(&'s str, Series)>, Failure> {
    let names = names_of(&syncs_of(query, setup)?);
    let series = Journal::series(env, &names, setup.shards, request).await?;
    Ok(names.into_iter().zip(series).collect())
}

fn period(query: &Query) -> Result<(Span, Step), Failure> {
    let span = Span::of(query, Moment::from_millis(clock::now()))?;
    let step = query.step.unwrap_or_else(|| Step::of(&span));
    Ok((span, step))
}

fn begin(span: &Span, step: Step) -> Json {
    let mut json = Json::default();
    json.open('{');
    span.write(&mut json);
    json.text("step", Some(step.name()));
    json
}

fn request(span: &Span, step: Step, is_coverage: bool) -> SeriesRequest {
    SeriesRequest {
        from: span.from,
        to: span.to,
        step_minutes: step.minutes(),
        is_coverage,
    }
}

fn open_point(json: &mut Json, point: &SeriesPoint) {
    json.open('{');
    json.time("at", Some(Moment::from_millis(point.start_minute * 60_000)));
    json.number("minutes", point.minutes.unsigned_abs());
}

fn write_incident(json: &mut Json, sync: Option<&str>, incident: &Incident) {
    json.open('{');
    json.text("sync", sync);
    json.text("kind", Some(incident.route.kind.as_str()));
    json.text("code", Some(incident.reason.code()));
    if let Some(status) = incident.reason.status() {
        json.number("status", status.into());
    }
    json.text("app_guid", Some(&incident.route.app));
    json.time("since", Some(incident.since));
    json.time("until", incident.until);
    json.close('}');
}

fn write_platform(
    json: &mut Json,
    sync: Option<&str>,
    platform: &str,
    points: &[(&SeriesPoint, &PlatformCoverage)],
) {
    let mut sum = PlatformCoverage::default();
    for (_, counted) in points {
        sum.sent += counted.sent;
        for (sum, times) in sum.fields.iter_mut().zip(counted.fields) {
            *sum += times;
        }
    }
    json.open('{');
    json.text("sync", sync);
    json.text("platform", Some(platform));
    write_counts(json, &sum);
    json.open_member("points", '[');
    for (point, counted) in points {
        open_point(json, point);
        write_counts(json, counted);
        json.close('}');
    }
    json.close(']');
    json.close('}');
}

fn write_counts(json: &mut Json, counted: &PlatformCoverage) {
    json.number("sent", counted.sent);
    json.open_member("fields", '{');
    for (name, times) in Coverage::FIELDS.iter().zip(counted.fields) {
        json.number(name, times);
    }
    json.close('}');
}
