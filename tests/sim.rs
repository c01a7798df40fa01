//! Is every event in exactly one place, whatever breaks, and whenever?
//!
//! The core's own decisions, driven in virtual time by a shell in the Worker's order, against a
//! queue, a Kochava, stores and senders that misbehave by a seed. The invariants are closed at the end
//! of every run: see `sim/invariants.rs`. `SEED=7` plays one world again, exactly.

mod sim {
    mod big;
    mod consumer;
    mod counts;
    mod directed;
    mod every_step;
    mod fault_plan;
    mod ingest;
    mod invariants;
    mod journal;
    mod kochava;
    mod mutants;
    mod order;
    mod queue;
    mod random;
    mod random_worlds;
    mod schedule;
    mod senders;
    mod stores;
    mod world;
}
