//! The rows of the journal's SQLite.
//!
//! What fits into memory is read once ([`restore`]); devices, links and the names of rejects stay in
//! their tables and are looked up ([`known`]). Fingerprints are stored as SQLite's signed integers.

use super::{Sqlite, unreadable_row};
use kochava_edge::{
    BeginRequest, Counters, DedupeChunk, Digest, Journal, JournalRow, JournalSet, JournalWrite,
    KnownRows, Moment, TEST_MILLIS_MAX, TimeBucket, WaitState, WaitingSum,
};
use worker::SqlStorageValue;

/// Creates the tables, and reads what the journal keeps in memory.
pub(super) fn restore(sqlite: &Sqlite) -> worker::Result<Journal> {
    for table in TABLES {
        sqlite.run(table, Vec::new())?;
    }
    let mut journal = Journal::default();
    for set in [JournalSet::Completed, JournalSet::Delivered] {
        let statement = format!(
            "SELECT number, hour, keys FROM {} ORDER BY number",
            set.name()
        );
        sqlite.each_row(&statement, Vec::new(), |row| {
            journal.restore(JournalRow::Chunk(set, chunk_of(row)?));
            Ok(())
        })?;
    }
    sqlite.each_row("SELECT id, settlement FROM open", Vec::new(), |row| {
        journal.restore(open_of(row)?);
        Ok(())
    })?;
    let buckets = "SELECT start_minute, minutes, counters FROM buckets";
    sqlite.each_row(buckets, Vec::new(), |row| {
        journal.restore(bucket_of(row)?);
        Ok(())
    })?;
    sqlite.each_row("SELECT state FROM breakers", Vec::new(), |row| {
        // a state that cannot be read is dropped: the breakers open again after new failures
        if let [SqlStorageValue::String(json)] = row
            && let Ok(breakers) = serde_json::from_str(json)
        {
            journal.restore(JournalRow::Breakers(breakers));
        }
        Ok(())
    })?;
    if let Some(json) = state_of(sqlite, "incidents")?
        && let Ok(incidents) = serde_json::from_str(&json)
    {
        journal.restore(JournalRow::Incidents(incidents));
    }
    journal.note_waiting(waiting(sqlite)?);
    Ok(journal)
}

/// Returns what waits, by state.
pub(super) fn waiting(sqlite: &Sqlite) -> worker::Result<Vec<WaitingSum>> {
    let mut sums = Vec::new();
    let statement = "SELECT state, CAST(sum(events) AS TEXT), CAST(min(oldest) AS TEXT) FROM waiting GROUP BY state";
    sqlite.each_row(statement, Vec::new(), |row| {
        // a state of a newer release is not counted
        if let [
            SqlStorageValue::String(state),
            SqlStorageValue::String(events),
            SqlStorageValue::String(oldest),
        ] = row
            && let Some(state) = WaitState::from_name(state)
            && let (Ok(events), Ok(oldest)) = (events.parse(), oldest.parse())
        {
            sums.push(WaitingSum {
                state,
                events,
                oldest: Moment::from_millis(oldest),
            });
        }
        Ok(())
    })?;
    Ok(sums)
}

/// Returns a state that is one JSON text.
pub(super) fn state_of(sqlite: &Sqlite, name: &str) -> worker::Result<Option<String>> {
    let mut state = None;
    let statement = "SELECT state FROM states WHERE name = ?";
    sqlite.each_row(statement, vec![name.into()], |row| {
        if let [SqlStorageValue::String(json)] = row {
            state = Some(json.clone());
        }
        Ok(())
    })?;
    Ok(state)
}

/// Stores such a state.
pub(super) fn write_state(sqlite: &Sqlite, name: &str, json: String) -> worker::Result<()> {
    let statement = "INSERT OR REPLACE INTO states (name, state) VALUES (?, ?)";
    sqlite.run(statement, vec![name.into(), json.into()])
}

/// Returns what became of a synthetic event of the last hour, as JSON.
pub(super) fn test_outcome(
    sqlite: &Sqlite,
    id: Digest,
    now: Moment,
) -> worker::Result<Option<String>> {
    forget_tests(sqlite, now)?;
    state_of(sqlite, &test_name(id))
}

/// Stores what a consumer tells of a synthetic event, with the answers that were told before.
pub(super) fn write_test_outcome(
    sqlite: &Sqlite,
    id: Digest,
    outcome: String,
    now: Moment,
) -> worker::Result<()> {
    forget_tests(sqlite, now)?;
    let name = test_name(id);
    let before = state_of(sqlite, &name)?.unwrap_or_else(|| "{}".to_owned());
    sqlite.run(
        ADD_TEST_OUTCOME,
        vec![name.into(), outcome.into(), before.into()],
    )
}

/// Deletes the outcomes of synthetic events that are an hour old, and all but the last hundred.
pub(super) fn forget_tests(sqlite: &Sqlite, now: Moment) -> worker::Result<()> {
    let before = Moment::from_millis(now.millis - TEST_MILLIS_MAX).iso();
    sqlite.run(FORGET_TESTS, vec![before.into()])
}

fn test_name(id: Digest) -> String {
    format!("test {}", id.to_hex())
}

/// Looks up what the tables know about a request.
pub(super) fn known(sqlite: &Sqlite, request: &BeginRequest) -> worker::Result<KnownRows> {
    let devices = fingerprints(sqlite, "devices", request.devices.iter().copied())?;
    let mut links = Vec::with_capacity(request.links.len());
    for device in &request.links {
        let mut link = None;
        let statement = "SELECT link FROM links WHERE device = ?";
        sqlite.each_row(statement, vec![device.to_hex().into()], |row| {
            if let [SqlStorageValue::String(text)] = row {
                link = Digest::read(text);
            }
            Ok(())
        })?;
        links.push(link);
    }
    Ok(KnownRows {
        devices: request
            .devices
            .iter()
            .map(|device| devices.contains(device))
            .collect(),
        links,
        rejected: fingerprints(sqlite, "rejected", request.events())?,
    })
}

/// Returns which of these fingerprints a table has.
fn fingerprints(
    sqlite: &Sqlite,
    table: &str,
    wanted: impl Iterator<Item = u64>,
) -> worker::Result<Vec<u64>> {
    let wanted: Vec<i64> = wanted.map(signed).collect();
    let mut found = Vec::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let statement = format!(
        "SELECT name FROM {table} WHERE name IN (SELECT CAST(value AS TEXT) FROM json_each(?))"
    );
    let values = vec![serde_json::to_string(&wanted)?.into()];
    sqlite.each_row(&statement, values, |row| {
        // a driver may return a large integer as text or as a rounded number: hence the text
        if let [SqlStorageValue::String(name)] = row {
            found.extend(name.parse::<i64>().ok().map(i64::cast_unsigned));
        }
        Ok(())
    })?;
    Ok(found)
}

fn signed(fingerprint: u64) -> i64 {
    fingerprint.cast_signed()
}

/// Stores a change.
pub(super) fn write(sqlite: &Sqlite, write: &JournalWrite) -> worker::Result<()> {
    let (statement, values): (&str, Vec<SqlStorageValue>) = match write {
        JournalWrite::Row(row) => return write_row(sqlite, row),
        JournalWrite::DropChunk(set, number) => {
            let statement = format!("DELETE FROM {} WHERE number = ?", set.name());
            return sqlite.run(&statement, vec![i64::from(*number).into()]);
        }
        JournalWrite::DropOpen(id) => ("DELETE FROM open WHERE id = ?", vec![id.to_hex().into()]),
        JournalWrite::DropBucket(bucket) => (
            "DELETE FROM buckets WHERE start_minute = ? AND minutes = ?",
            vec![bucket.start_minute.into(), bucket.minutes.into()],
        ),
        JournalWrite::Devices(devices, hour) => (
            "INSERT OR IGNORE INTO devices (name, hour) SELECT CAST(value AS TEXT), ? FROM json_each(?)",
            vec![
                i64::from(*hour).into(),
                serde_json::to_string(&devices.iter().copied().map(signed).collect::<Vec<_>>())?
                    .into(),
            ],
        ),
        JournalWrite::Link(device, link, hour) => (
            ADD_LINK,
            vec![
                device.to_hex().into(),
                link.to_hex().into(),
                i64::from(*hour).into(),
            ],
        ),
        JournalWrite::Rejected(event, hour) => (
            "INSERT OR REPLACE INTO rejected (name, hour) VALUES (?, ?)",
            vec![signed(*event).to_string().into(), i64::from(*hour).into()],
        ),
        JournalWrite::DropRejected(event) => (
            "DELETE FROM rejected WHERE name = ?",
            vec![signed(*event).to_string().into()],
        ),
        JournalWrite::Waiting { rows, day } => {
            let rows: SqlStorageValue = serde_json::to_string(rows)?.into();
            sqlite.run(DROP_OTHER_WAITING, vec![rows.clone(), rows.clone()])?;
            (ADD_WAITING, vec![i64::from(*day).into(), rows])
        }
        JournalWrite::DropWaiting(ids) => (
            "DELETE FROM waiting WHERE message IN (SELECT value FROM json_each(?))",
            vec![serde_json::to_string(ids)?.into()],
        ),
        JournalWrite::DropBefore {
            devices,
            rejected,
            waiting_day,
        } => {
            let unseen = vec![i64::from(*waiting_day).into()];
            sqlite.run("DELETE FROM waiting WHERE day < ?", unseen)?;
            for (table, hour) in [
                ("devices", devices),
                ("links", devices),
                ("rejected", rejected),
            ] {
                let statement = format!("DELETE FROM {table} WHERE hour < ?");
                sqlite.run(&statement, vec![i64::from(*hour).into()])?;
            }
            return Ok(());
        }
    };
    sqlite.run(statement, values)
}

fn write_row(sqlite: &Sqlite, row: &JournalRow) -> worker::Result<()> {
    match row {
        JournalRow::Chunk(set, chunk) => {
            let statement = format!(
                "INSERT OR REPLACE INTO {} (number, hour, keys) VALUES (?, ?, ?)",
                set.name()
            );
            let values = vec![
                i64::from(chunk.number).into(),
                i64::from(chunk.hour).into(),
                chunk.bytes().into(),
            ];
            sqlite.run(&statement, values)
        }
        JournalRow::Open(id, settlement) => sqlite.run(
            "INSERT OR REPLACE INTO open (id, settlement) VALUES (?, ?)",
            vec![
                id.to_hex().into(),
                serde_json::to_string(settlement)?.into(),
            ],
        ),
        JournalRow::Bucket(bucket, counters) => sqlite.run(
            "INSERT OR REPLACE INTO buckets (start_minute, minutes, counters) VALUES (?, ?, ?)",
            vec![
                bucket.start_minute.into(),
                bucket.minutes.into(),
                serde_json::to_string(counters)?.into(),
            ],
        ),
        JournalRow::Incidents(incidents) => {
            write_state(sqlite, "incidents", serde_json::to_string(incidents)?)
        }
        JournalRow::Breakers(breakers) => sqlite.run(
            "INSERT OR REPLACE INTO breakers (id, state) VALUES (0, ?)",
            vec![serde_json::to_string(breakers)?.into()],
        ),
    }
}

fn chunk_of(row: &[SqlStorageValue]) -> worker::Result<DedupeChunk> {
    match row {
        [
            SqlStorageValue::Integer(number),
            SqlStorageValue::Integer(hour),
            SqlStorageValue::Blob(keys),
        ] => {
            let (number, hour) = (u32::try_from(*number), u32::try_from(*hour));
            let (Ok(number), Ok(hour)) = (number, hour) else {
                return Err(unreadable_row());
            };
            Ok(DedupeChunk::from_bytes(number, hour, keys))
        }
        _ => Err(unreadable_row()),
    }
}

fn open_of(row: &[SqlStorageValue]) -> worker::Result<JournalRow> {
    match row {
        [
            SqlStorageValue::String(id),
            SqlStorageValue::String(settlement),
        ] => Ok(JournalRow::Open(
            Digest::read(id).ok_or_else(unreadable_row)?,
            serde_json::from_str(settlement)?,
        )),
        _ => Err(unreadable_row()),
    }
}

fn bucket_of(row: &[SqlStorageValue]) -> worker::Result<JournalRow> {
    match row {
        [
            SqlStorageValue::Integer(start_minute),
            SqlStorageValue::Integer(minutes),
            SqlStorageValue::String(counters),
        ] => {
            let bucket = TimeBucket {
                start_minute: *start_minute,
                minutes: *minutes,
            };
            let counters: Counters = serde_json::from_str(counters)?;
            Ok(JournalRow::Bucket(bucket, counters))
        }
        _ => Err(unreadable_row()),
    }
}

/// The names of devices and rejects are texts, since JavaScript rounds integers beyond 2^53.
const TABLES: [&str; 10] = [
    "CREATE TABLE IF NOT EXISTS completed (number INTEGER PRIMARY KEY, hour INTEGER NOT NULL, keys BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS delivered (number INTEGER PRIMARY KEY, hour INTEGER NOT NULL, keys BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS open (id TEXT PRIMARY KEY, settlement TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS buckets (start_minute INTEGER NOT NULL, minutes INTEGER NOT NULL, counters TEXT NOT NULL, PRIMARY KEY (start_minute, minutes)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS breakers (id INTEGER PRIMARY KEY, state TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS devices (name TEXT PRIMARY KEY, hour INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS rejected (name TEXT PRIMARY KEY, hour INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS links (device TEXT PRIMARY KEY, link TEXT NOT NULL, hour INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS waiting (message TEXT NOT NULL, state TEXT NOT NULL, events INTEGER NOT NULL, oldest INTEGER NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (message, state)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS states (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID",
];

/// Drops the rows of messages for states in which nothing of them waits any more.
const DROP_OTHER_WAITING: &str = "DELETE FROM waiting WHERE message IN (SELECT value ->> 'message' FROM json_each(?)) AND message || ' ' || state NOT IN (SELECT (value ->> 'message') || ' ' || (value ->> 'state') FROM json_each(?))";

/// Writes the rows that changed; others once a day, so that they are known to be alive.
const ADD_WAITING: &str = "INSERT INTO waiting (message, state, events, oldest, day) SELECT value ->> 'message', value ->> 'state', value ->> 'events', value ->> 'oldest', ? FROM json_each(?) WHERE true \
ON CONFLICT (message, state) DO UPDATE SET events = excluded.events, oldest = excluded.oldest, day = excluded.day WHERE events <> excluded.events OR oldest <> excluded.oldest OR day <> excluded.day";

/// Each is at most some 31 KB: ten answers of 500 characters, which JSON writes with up to six bytes each.
const FORGET_TESTS: &str = "WITH tests (name, at) AS (SELECT name, state ->> 'at' FROM states WHERE name >= 'test ' AND name < 'test!') \
DELETE FROM states WHERE name IN (SELECT name FROM tests WHERE at < ? UNION SELECT * FROM (SELECT name FROM tests ORDER BY at DESC LIMIT -1 OFFSET 100))";

/// Replaces the outcome of a synthetic event, but for the last ten answers. A commit may be repeated:
/// each answer is there once. They begin with their time, by which they are ordered as text.
const ADD_TEST_OUTCOME: &str = "INSERT OR REPLACE INTO states (name, state) WITH given (name, new, old) AS (VALUES (?, ?, ?)), \
answers (value) AS (SELECT value FROM given, json_each(old, '$.answers') UNION SELECT value FROM given, json_each(new, '$.answers') ORDER BY value DESC LIMIT 10) \
SELECT name, json_set(new, '$.answers', json((SELECT json_group_array(json(value)) FROM (SELECT value FROM answers ORDER BY value)))) FROM given";

/// Skips a link that was stored within the last day.
const ADD_LINK: &str = "INSERT INTO links (device, link, hour) VALUES (?, ?, ?) ON CONFLICT (device) DO UPDATE SET link = excluded.link, hour = excluded.hour WHERE link <> excluded.link OR hour < excluded.hour - 24";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_read_from_its_row_and_from_no_other() {
        let row = |number| {
            vec![
                SqlStorageValue::Integer(number),
                SqlStorageValue::Integer(5),
                SqlStorageValue::Blob(vec![0, 0, 0, 0, 0, 0, 0, 7]),
            ]
        };
        let chunk = chunk_of(&row(3)).expect("it is a chunk");
        assert_eq!((chunk.number, chunk.hour, chunk.bytes().len()), (3, 5, 8));
        assert!(chunk_of(&row(-1)).is_err());
        assert!(chunk_of(&[SqlStorageValue::Null]).is_err());
    }

    #[test]
    fn a_row_of_another_shape_is_an_error() {
        let text = |text: &str| SqlStorageValue::String(text.to_owned());
        let id = Digest::of(&["a message"]);
        assert!(matches!(
            open_of(&[text(&id.to_hex()), text("{}")]),
            Ok(JournalRow::Open(read, _)) if read == id
        ));
        assert!(open_of(&[text("no digest"), text("{}")]).is_err());
        assert!(open_of(&[text(&id.to_hex()), text("rest 0 7")]).is_err());
        let bucket = [
            SqlStorageValue::Integer(60),
            SqlStorageValue::Integer(1),
            text(r#"{"delivered":2}"#),
        ];
        let Ok(JournalRow::Bucket(bucket, counters)) = bucket_of(&bucket) else {
            panic!("it is a bucket");
        };
        assert_eq!((bucket.start_minute, counters.of("delivered")), (60, 2));
    }

    #[test]
    fn a_fingerprint_survives_as_text() {
        for fingerprint in [0, 1 << 53 | 1, u64::MAX] {
            let text = signed(fingerprint).to_string();
            let read: i64 = text.parse().expect("it is a number");
            assert_eq!(read.cast_unsigned(), fingerprint);
        }
    }
}
