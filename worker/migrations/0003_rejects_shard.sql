-- A replay asks the shard of the journal that knows the event, and needs neither what was queued before nor
-- an id of its own: the digest of its messages is that of the rejects in them.
ALTER TABLE rejects ADD COLUMN shard INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rejects DROP COLUMN was_queued;
ALTER TABLE rejects DROP COLUMN replay;
