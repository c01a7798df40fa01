//! Is every event in exactly one place, whatever breaks, and whenever?
//!
//! The core's own decisions, driven in virtual time by a shell in the Worker's order, against a
//! queue, a Kochava, stores and senders that misbehave by a seed. The books are closed at the end
//! of every run: see `sim/books.rs`. `SEED=7` plays one world again, exactly.

mod sim {
    mod big;
    mod books;
    mod consume;
    mod counts;
    mod directed;
    mod every_step;
    mod journal;
    mod kochava;
    mod order;
    mod queue;
    mod random;
    mod schedule;
    mod senders;
    mod shells;
    mod stores;
    mod take;
    mod weather;
    mod wild;
    mod world;
}
