-- The App GUID of the call that was not accepted, or of the platform of an event that breaks rules; null where none is
-- known, as of every reject that was stored before.
ALTER TABLE rejects ADD COLUMN app TEXT;

DROP INDEX rejects_by_group;
CREATE INDEX rejects_by_group ON rejects (code, name, sync, app, last_at, first_at);
