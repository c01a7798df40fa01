-- Events that cannot be sent as they are: why, and how far their delivery had got.
CREATE TABLE rejects (
  id TEXT PRIMARY KEY,
  -- when the event arrived, and when it came here first and last; milliseconds since the epoch
  received_at INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  -- how often it came here
  times INTEGER NOT NULL DEFAULT 1,
  -- the first reason, and Kochava's field that it concerns; all reasons as JSON
  code TEXT NOT NULL,
  field TEXT NOT NULL,
  reasons TEXT NOT NULL,
  -- the event's own name
  name TEXT,
  source TEXT NOT NULL,
  of_users INTEGER NOT NULL,
  -- the bodies of the calls that did not get through, as a JSON list; empty where the operator keeps reasons alone
  sent TEXT NOT NULL,
  -- what Kochava answered, if it did
  status INTEGER,
  answer TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  deferrals INTEGER NOT NULL,
  -- the delivery's progress, as the queue's messages have it
  progress TEXT NOT NULL,
  -- whether it was in the queue before
  was_queued INTEGER NOT NULL,
  -- the version of the settings
  settings TEXT NOT NULL,
  -- the name of the replay that is sending it
  replay TEXT
) WITHOUT ROWID;

CREATE INDEX rejects_by_time ON rejects (last_at, id);
CREATE INDEX rejects_by_code ON rejects (code, last_at);

-- The events themselves, in parts that one row can hold; empty where the operator keeps reasons alone.
CREATE TABLE reject_events (
  id TEXT NOT NULL,
  number INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (id, number)
) WITHOUT ROWID;
