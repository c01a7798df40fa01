-- Events that wait in the queue and are too large for a message, in parts that one row can hold.
CREATE TABLE large_events (
  key TEXT NOT NULL,
  number INTEGER NOT NULL,
  text TEXT NOT NULL,
  -- when a consumer last looked at the event, to the day; milliseconds since the epoch
  used_at INTEGER NOT NULL,
  PRIMARY KEY (key, number)
) WITHOUT ROWID;

CREATE INDEX large_events_by_time ON large_events (used_at);
