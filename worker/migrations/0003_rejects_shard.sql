-- A replay goes to the shard of the journal that knows the event. The columns was_queued and replay are no longer
-- read; they stay, so that the release before can still store rejects until it is replaced, or after a rollback.
ALTER TABLE rejects ADD COLUMN shard INTEGER NOT NULL DEFAULT 0;
