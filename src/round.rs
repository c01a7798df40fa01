//! What becomes of a batch of messages?
//!
//! The consumer's way, of which the shell makes every deed and this room every decision. One after
//! the other: [`Round::open`] reads the messages, `recalled` learns what the ledger knows of them,
//! `entered` and `remembered` whether anything may be sent, `next` and `after` send it, `ruled`
//! learns what follows for all, `settled` that it is in the book, and `verdict` says for each
//! message whether it may leave the queue. A crash between any two of these loses nothing: up to
//! the settling the message comes again as it was, and from there on whoever gets it completes what
//! is noted.

mod close;
mod lane;
mod open;
mod settlement;

use crate::gate::{Pass, Report};
use crate::key::Key;
use crate::kochava::Named;
use crate::ledger::Counts;
use crate::message::{Message, Progress};
use crate::plan::Planner;
use crate::request::Request;
use crate::time::Moment;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use settlement::Settlement;

pub use open::store_wait;

/// A batch of messages on its way.
#[derive(Debug)]
pub struct Round<'a> {
    planner: &'a Planner,
    /// The settings of today.
    settings: Key,
    now: Moment,
    works: Vec<Work<'a>>,
    /// The jobs of one device each, in their order.
    lanes: Vec<Lane>,
    routes: BTreeMap<String, Route>,
    remembered: Remembered,
    /// Calls that the invocation may still make.
    calls_left: usize,
    counts: Counts,
}

/// A message as the queue hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Handed<'a> {
    /// Its text.
    pub text: &'a str,
    /// How often this copy was delivered, this time included.
    pub deliveries: u32,
    /// Whether it comes from the dead-letter queue: nobody could take it to its end.
    pub is_dead: bool,
}

/// What is remembered of devices, or is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// Devices of which Kochava took an event.
    pub devices: BTreeSet<Key>,
    /// The last link that Kochava took of a device.
    pub links: BTreeMap<Key, Key>,
}

/// What the shell does with a message in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may leave the queue.
    Ack,
    /// It comes again after this wait.
    Retry(Duration),
    /// A copy of it goes into the queue with this wait; then it may leave.
    Renew(Duration),
}

/// A message that goes into the queue for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resend {
    /// The message that it comes from, by its number in the batch.
    pub from: usize,
    /// Its text.
    pub text: String,
    /// How long it waits.
    pub delay_s: u32,
}

#[derive(Debug)]
struct Work<'a> {
    handed: Handed<'a>,
    stage: Stage<'a>,
    jobs: Vec<Job>,
    /// Something could not be done for it: it must come again as it is.
    has_failed: bool,
    /// Such a one is so old that a copy of it goes into the queue.
    is_renewed: bool,
}

/// How far a message has got.
#[derive(Debug)]
enum Stage<'a> {
    /// It is none of ours.
    Poison,
    /// It is read.
    Read(Message<'a>),
    /// It was settled, perhaps by somebody else, and this is left to do.
    Settled(Message<'a>, Settlement),
    /// Nothing is left to do.
    Completed,
    /// It has to come again; without a message where it cannot be read.
    PutOff(Option<Message<'a>>, Duration),
}

/// One event of a message.
#[derive(Debug)]
struct Job {
    /// The calls that are still to be made, and whom they name.
    calls: Vec<(Request, Named)>,
    /// How many of them were made already.
    made: usize,
    progress: Progress,
    /// Whether Kochava took a call of it, in this round or before.
    is_delivered: bool,
    /// What is known of its device: the same for all events of one.
    lane: Option<Key>,
    name: Option<String>,
    received: Moment,
    ending: Option<Ending>,
    counts: Counts,
    /// Whether anything about it changed that the message does not say.
    has_changed: bool,
}

/// How one event ended in this round.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ending {
    /// Kochava has all of it, or the operator does not want it.
    Done,
    /// It will not be sent.
    Rejected {
        code: &'static str,
        status: Option<u16>,
        answer: String,
    },
    /// An attempt failed, and another follows.
    Later(Duration),
    /// No attempt was made, or none that counts.
    PutOff(Wait),
}

/// What an event waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wait {
    /// The gate of its route.
    Gate(String),
    /// Another event of its device, by its number in the message.
    Behind(usize),
    /// An event of its device.
    Held,
    /// An invocation with calls left.
    Calls,
}

#[derive(Debug, Default)]
struct Lane {
    /// Message and event, by their numbers.
    jobs: Vec<(usize, usize)>,
    at: usize,
}

#[derive(Debug)]
struct Route {
    pass: Pass,
    report: Report,
    /// Nothing more is sent in this round.
    is_stopped: bool,
    /// How long everything waits.
    wait: Option<Duration>,
    withholds: bool,
}
