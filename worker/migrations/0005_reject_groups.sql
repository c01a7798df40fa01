-- Counting rejects by reason and event reads this index alone, and not the calls and reasons of each row.
CREATE INDEX rejects_by_group ON rejects (code, name, sync, last_at, first_at);
