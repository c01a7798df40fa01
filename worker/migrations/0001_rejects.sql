-- Events that cannot be sent as they are: the reasons, and the progress of their delivery.
CREATE TABLE rejects (
  id TEXT PRIMARY KEY,
  -- when the event arrived, and when it was stored first and last; milliseconds since the epoch
  received_at INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  -- how often it was stored
  times INTEGER NOT NULL DEFAULT 1,
  -- the first reason, and Kochava's field that it concerns; all reasons as a JSON array
  code TEXT NOT NULL,
  field TEXT NOT NULL,
  reasons TEXT NOT NULL,
  -- the name of the event
  name TEXT,
  source TEXT NOT NULL,
  of_users INTEGER NOT NULL,
  -- the bodies of the calls that were not accepted, as a JSON array; empty where events are not kept
  sent TEXT NOT NULL,
  -- Kochava's HTTP status and answer, if it answered
  status INTEGER,
  answer TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  deferrals INTEGER NOT NULL,
  -- the progress of the delivery, as the JSON of the queue's messages
  progress TEXT NOT NULL,
  -- whether the event was in the queue before
  was_queued INTEGER NOT NULL,
  -- the digest of the settings
  settings TEXT NOT NULL,
  -- the digest of the replay that sends it
  replay TEXT
) WITHOUT ROWID;

CREATE INDEX rejects_by_time ON rejects (last_at, id);
CREATE INDEX rejects_by_code ON rejects (code, last_at);

-- The events themselves, in parts that one row can hold; empty where events are not kept.
CREATE TABLE reject_events (
  id TEXT NOT NULL,
  number INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (id, number)
) WITHOUT ROWID;
