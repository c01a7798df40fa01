//! What happens next?
//!
//! The clock is a heap of things that are due; a handler is a future that names each of its steps,
//! at which time passes, others go on, and the isolate may die: then the future is dropped where it
//! stands.

use super::fault_plan::{Broken, HOUR, Script, Store};
use super::journal::Journal;
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
    /// Milliseconds since the beginning.
    pub(crate) now: i64,
    pub(crate) random: Random,
    pub(crate) script: Script,
    pub(crate) planner: Rc<Planner>,
    pub(crate) settings: Digest,
    pub(crate) senders: Senders,
    pub(crate) queue: Queue,
    pub(crate) stores: Stores,
    pub(crate) kochava: Kochava,
    pub(crate) journal: Journal,
    agenda: BinaryHeap<Reverse<(i64, u64, Due)>>,
    sequence: u64,
    wake: i64,
    is_dying: bool,
    points: usize,
    calls: usize,
}

pub(crate) type Shared = Rc<RefCell<World>>;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A handler goes on.
    Wake(u64),
    /// A sender posts a body, unless it has been answered since this try.
    Post(usize, u32),
    /// The queue looks for messages that may be delivered.
    Pump,
    /// Every hour.
    Sweep,
}

/// Between which deeds a handler is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    TakePlanned,
    TakeRecalled,
    TakeStored,
    TakeSent,
    TakeDelivered,
    TakeRemembered,
    RoundOpened,
    RoundRecalled,
    RoundRemembered,
    RoundEntered,
    RoundPosted,
    RoundRuled,
    RoundSettled,
    RoundRejected,
    RoundResent,
    RoundNoted,
    RoundCompleted,
    RoundAcked,
}

/// Whose future it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// A sender waits for it, since this try.
    Sender(usize, u32),
    /// It holds messages.
    Round(u64),
}

type Task = (Whose, Pin<Box<dyn Future<Output = ()>>>);

impl World {
    pub(crate) fn new(script: Script) -> Shared {
        let settings =
            Settings::read(&script.settings).unwrap_or_else(|faults| panic!("{faults:?}"));
        let planner = Rc::new(Planner::new(settings));
        let mut random = Random::new(script.seed);
        let senders = Senders::new(&script, &planner, &mut random);
        let mut world = World {
            now: 0,
            random,
            planner,
            settings: Digest::of(&["settings", &script.settings]),
            queue: Queue::new(script.retention),
            stores: Stores::default(),
            kochava: Kochava::default(),
            journal: Journal::default(),
            agenda: BinaryHeap::new(),
            sequence: 0,
            wake: 0,
            is_dying: false,
            points: 0,
            calls: 0,
            senders,
            script,
        };
        world.due(HOUR, Due::Sweep);
        for (body, at) in world.senders.times() {
            world.due(at, Due::Post(body, 0));
        }
        Rc::new(RefCell::new(world))
    }

    pub(crate) fn due(&mut self, at: i64, what: Due) {
        self.sequence += 1;
        self.agenda
            .push(Reverse((at.max(self.now), self.sequence, what)));
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment::from_millis(START + self.now)
    }

    /// Whether something still goes wrong by itself.
    pub(crate) fn is_rough(&self) -> bool {
        self.now < self.script.calm_from
    }

    pub(crate) fn mishap(&mut self, share: f64) -> bool {
        self.is_rough() && self.random.chance(share)
    }

    pub(crate) fn is_broken(&self, how: Broken) -> bool {
        self.script.broken == Some(how)
    }

    /// A call of a store of ours: it may fail, and it may fail although it was done.
    pub(crate) fn call<T>(&mut self, store: Store, act: impl FnOnce(&mut World) -> T) -> Option<T> {
        let number = self.calls;
        self.calls += 1;
        let planned = self
            .script
            .fail_at
            .filter(|&(at, _)| at == number)
            .map(|(_, is_done)| is_done);
        let share = self.script.noise.store;
        let fails = self.script.is_out(store, self.now) || self.mishap(share);
        match planned {
            None if !fails => Some(act(self)),
            None if self.random.chance(0.7) => None,
            Some(false) => None,
            _ => {
                act(self);
                self.journal.ambiguous += 1;
                None
            }
        }
    }

    /// Stands between two deeds until then: the isolate may die here.
    fn stand(&mut self, step: Step, until: i64) {
        self.wake = until.max(self.now);
        let share = self.script.noise.crash;
        self.is_dying = self.script.crash_at == Some(self.points) || self.mishap(share);
        self.points += 1;
        if self.is_dying {
            *self.journal.crashes.entry(step).or_default() += 1;
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
        if self.senders.is_busy() || !self.queue.is_empty() || self.agenda.len() > 1 {
            self.due(self.now + HOUR, Due::Sweep);
        }
    }
}

/// A moment between two deeds.
pub(crate) async fn point(world: &Shared, step: Step) {
    {
        let mut world = world.borrow_mut();
        let until = world.now + world.random.between(1, 40);
        world.stand(step, until);
    }
    Pause(false).await;
}

/// As [`point`], which lasts until then.
pub(crate) async fn point_until(world: &Shared, step: Step, until: i64) {
    world.borrow_mut().stand(step, until);
    Pause(false).await;
}

/// Plays until nothing is due any more, or until this time.
pub(crate) fn play(world: &Shared, until: i64) {
    let mut tasks: BTreeMap<u64, Task> = BTreeMap::new();
    let mut number = 0;
    loop {
        let Some(Reverse((at, _, what))) = world.borrow_mut().agenda.pop() else {
            break;
        };
        if at > until {
            world.borrow_mut().journal.faults.push(format!(
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
                        Whose::Sender(body, attempt),
                        Box::pin(ingest::ingest(Rc::clone(world), body, attempt)),
                    )
                };
                is_due.then_some(()).map(post).into_iter().collect()
            }
            Due::Pump => {
                let rounds = world.borrow_mut().pump();
                rounds
                    .into_iter()
                    .map(|round| -> Task {
                        (
                            Whose::Round(round),
                            Box::pin(consumer::consumer(Rc::clone(world), round)),
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
    let (whose, future) = tasks.get_mut(&number).expect("it sleeps");
    let whose = *whose;
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
    match whose {
        Whose::Sender(body, attempt) if is_dying => world.no_answer(body, attempt),
        Whose::Sender(..) => {}
        Whose::Round(round) => world.ended(round, is_dying),
    }
}

/// Gives way once.
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
