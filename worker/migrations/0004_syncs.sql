-- Several syncs share the tables. An event has another id for each of them, but for the one without a name, whose
-- rejects are all that there were before.
ALTER TABLE rejects ADD COLUMN sync TEXT NOT NULL DEFAULT '';

-- Syncs without settings for which messages wait in the queue, and when one was seen last; milliseconds since the epoch.
CREATE TABLE waiting_syncs (
  sync TEXT PRIMARY KEY,
  seen_at INTEGER NOT NULL
) WITHOUT ROWID;
