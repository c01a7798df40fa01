//! The event loop of the simulation, in virtual time.
//!
//! The clock is a heap of timers. A handler is a future that stops at each crash point: there time
//! passes, other handlers run, and the isolate may die, which drops the future where it stands.

use super::fault_plan::{HOUR, Mutant, Scenario, Store};
use super::history::History;
use super::kochava::Kochava;
use super::queue::Queue;
use super::random::Random;
use super::senders::Senders;
use super::stores::Stores;
use super::{consumer, ingest};
use kochava_edge::{Digest, Moment, Planner, Settings};
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

pub(crate) struct World {
    /// Milliseconds since the start.
    pub(crate) now: i64,
    pub(crate) random: Random,
    pub(crate) scenario: Scenario,
    pub(crate) planner: Rc<Planner>,
    pub(crate) settings: Digest,
    pub(crate) senders: Senders,
    pub(crate) queue: Queue,
    pub(crate) stores: Stores,
    pub(crate) kochava: Kochava,
    pub(crate) history: History,
    timers: BinaryHeap<Reverse<(i64, u64, Due)>>,
    sequence: u64,
    wake: i64,
    is_dying: bool,
    points: usize,
    calls: usize,
}

pub(crate) type Shared = Rc<RefCell<World>>;

/// What happens when a timer is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A handler resumes.
    Wake(u64),
    /// A sender posts a body, unless this attempt was answered in the meantime.
    Post(usize, u32),
    /// The queue delivers the messages that are due.
    Pump,
    /// The hourly retention job.
    Sweep,
}

/// The crash points: each is named after the step before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    IngestPlanned,
    IngestLookedUp,
    IngestStored,
    IngestSent,
    IngestDelivered,
    IngestAddedSeen,
    ConsumerOpened,
    ConsumerLookedUp,
    ConsumerKnewDevices,
    ConsumerPermitted,
    ConsumerPosted,
    ConsumerReported,
    ConsumerSettled,
    ConsumerRejected,
    ConsumerRequeued,
    ConsumerAddedKnown,
    ConsumerCompleted,
    ConsumerAcked,
}

/// Who depends on the end of a future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// A sender that waits for an answer, and its attempt.
    Sender(usize, u32),
    /// A consumer run that holds messages.
    ConsumerRun(u64),
}

type Task = (Owner, Pin<Box<dyn Future<Output = ()>>>);

impl World {
    pub(crate) fn new(scenario: Scenario) -> Shared {
        let settings =
            Settings::read(&scenario.settings).unwrap_or_else(|faults| panic!("{faults:?}"));
        let planner = Rc::new(Planner::new(settings));
        let mut random = Random::new(scenario.seed);
        let senders = Senders::new(&scenario, &planner, &mut random);
        let mut world = World {
            now: 0,
            random,
            planner,
            settings: Digest::of(&["settings", &scenario.settings]),
            queue: Queue::new(scenario.retention),
            stores: Stores::default(),
            kochava: Kochava::default(),
            history: History::default(),
            timers: BinaryHeap::new(),
            sequence: 0,
            wake: 0,
            is_dying: false,
            points: 0,
            calls: 0,
            senders,
            scenario,
        };
        world.due(HOUR, Due::Sweep);
        for (body, at) in world.senders.times() {
            world.due(at, Due::Post(body, 0));
        }
        Rc::new(RefCell::new(world))
    }

    pub(crate) fn due(&mut self, at: i64, what: Due) {
        self.sequence += 1;
        self.timers
            .push(Reverse((at.max(self.now), self.sequence, what)));
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment::from_millis(START + self.now)
    }

    /// Returns whether faults still occur by themselves.
    pub(crate) fn has_faults(&self) -> bool {
        self.now < self.scenario.faults_until
    }

    pub(crate) fn chance_of_fault(&mut self, share: f64) -> bool {
        self.has_faults() && self.random.chance(share)
    }

    pub(crate) fn has_mutant(&self, how: Mutant) -> bool {
        self.scenario.mutant == Some(how)
    }

    /// Calls a store. The call may fail, and it may take effect although it fails.
    pub(crate) fn call<T>(&mut self, store: Store, act: impl FnOnce(&mut World) -> T) -> Option<T> {
        let number = self.calls;
        self.calls += 1;
        let planned = self
            .scenario
            .fail_at
            .filter(|&(at, _)| at == number)
            .map(|(_, is_done)| is_done);
        let share = self.scenario.rates.store;
        let fails = self.scenario.is_out(store, self.now) || self.chance_of_fault(share);
        match planned {
            None if !fails => Some(act(self)),
            None if self.random.chance(0.7) => None,
            Some(false) => None,
            _ => {
                act(self);
                self.history.ambiguous += 1;
                None
            }
        }
    }

    /// Stops at a crash point until then; the isolate may die here.
    fn enter_crash_point(&mut self, step: Step, until: i64) {
        self.wake = until.max(self.now);
        let share = self.scenario.rates.crash;
        self.is_dying = self.scenario.crash_at == Some(self.points) || self.chance_of_fault(share);
        self.points += 1;
        if self.is_dying {
            *self.history.crashes.entry(step).or_default() += 1;
        }
    }

    pub(crate) fn points(&self) -> usize {
        self.points
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls
    }

    fn sweep(&mut self) {
        let now = self.moment();
        self.stores.sweep(now);
        if self.senders.is_busy() || !self.queue.is_empty() || self.timers.len() > 1 {
            self.due(self.now + HOUR, Due::Sweep);
        }
    }
}

/// Stops at a crash point for a short time.
pub(crate) async fn crash_point(world: &Shared, step: Step) {
    {
        let mut world = world.borrow_mut();
        let until = world.now + world.random.between(1, 40);
        world.enter_crash_point(step, until);
    }
    Pause(false).await;
}

/// Stops at a crash point until then.
pub(crate) async fn crash_point_until(world: &Shared, step: Step, until: i64) {
    world.borrow_mut().enter_crash_point(step, until);
    Pause(false).await;
}

/// Runs until no timer is left, or until this time.
pub(crate) fn play(world: &Shared, until: i64) {
    let mut tasks: BTreeMap<u64, Task> = BTreeMap::new();
    let mut number = 0;
    loop {
        let Some(Reverse((at, _, what))) = world.borrow_mut().timers.pop() else {
            break;
        };
        if at > until {
            world.borrow_mut().history.faults.push(format!(
                "it has not drained within {} days",
                until / (24 * HOUR)
            ));
            break;
        }
        world.borrow_mut().now = at;
        let begun: Vec<Task> = match what {
            Due::Wake(task) => {
                poll(world, &mut tasks, task);
                continue;
            }
            Due::Sweep => {
                world.borrow_mut().sweep();
                continue;
            }
            Due::Post(body, attempt) => {
                let is_due = world.borrow_mut().post(body, attempt);
                let post = |()| -> Task {
                    (
                        Owner::Sender(body, attempt),
                        Box::pin(ingest::ingest(Rc::clone(world), body, attempt)),
                    )
                };
                is_due.then_some(()).map(post).into_iter().collect()
            }
            Due::Pump => {
                let runs = world.borrow_mut().pump();
                runs.into_iter()
                    .map(|run| -> Task {
                        (
                            Owner::ConsumerRun(run),
                            Box::pin(consumer::consumer(Rc::clone(world), run)),
                        )
                    })
                    .collect()
            }
        };
        for task in begun {
            number += 1;
            tasks.insert(number, task);
            poll(world, &mut tasks, number);
        }
    }
}

fn poll(world: &Shared, tasks: &mut BTreeMap<u64, Task>, number: u64) {
    let (owner, future) = tasks.get_mut(&number).expect("a task with a timer exists");
    let owner = *owner;
    let is_done = future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
        .is_ready();
    let mut world = world.borrow_mut();
    let is_dying = std::mem::take(&mut world.is_dying);
    if !is_done && !is_dying {
        let wake = world.wake;
        return world.due(wake, Due::Wake(number));
    }
    tasks.remove(&number);
    match owner {
        Owner::Sender(body, attempt) if is_dying => world.no_answer(body, attempt),
        Owner::Sender(..) => {}
        Owner::ConsumerRun(run) => world.ended(run, is_dying),
    }
}

/// Yields once.
struct Pause(bool);

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// 2026-01-01T00:00:00Z.
pub(crate) const START: i64 = 1_767_225_600_000;
