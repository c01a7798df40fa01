//! The event loop of the simulation, in virtual time.
//!
//! The clock is a heap of timers. A handler is a future that stops at each crash point: there time
//! passes, other handlers run, and the isolate may die, which drops the future where it stands.

use super::fault_plan::{HOUR, MINUTE, Scenario, Store};
use super::history::History;
use super::kochava::Kochava;
use super::mutants::Mutant;
use super::queue::Queue;
use super::random::Random;
use super::senders::Senders;
use super::settings::SettingsPlan;
use super::stores::Stores;
use super::{consumer, ingest, operator};
use kochava_edge::{Moment, RetrySchedule};
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
    pub(crate) settings: SettingsPlan,
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
    /// The operator replays or deletes rejects.
    Operate,
    /// Ordinary traffic, beside which a loner is seen as such.
    Heartbeat,
    /// The hourly retention job.
    Sweep,
}

/// The effects; before and after each there is a crash point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    IngestStore,
    IngestSend,
    Load,
    Begin,
    Post,
    Commit,
    StoreRejects,
    DeleteResolved,
    DeleteEnded,
    Send,
    Complete,
    Acknowledge,
    ReplayRead,
    ReplayStore,
    ReplaySend,
    ReplayDelete,
}

/// A handler that runs.
pub(crate) struct Task {
    owner: Owner,
    future: Pin<Box<dyn Future<Output = ()>>>,
}

/// Who depends on the end of a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// A sender that waits for an answer, and its attempt.
    Sender(usize, u32),
    /// A consumer run that holds messages.
    ConsumerRun(u64),
    Operator,
}

impl Task {
    pub(crate) fn sender(world: &Shared, body: usize, attempt: u32) -> Self {
        Task {
            owner: Owner::Sender(body, attempt),
            future: Box::pin(ingest::post(Rc::clone(world), body, attempt)),
        }
    }

    pub(crate) fn consumer(world: &Shared, run: u64) -> Self {
        Task {
            owner: Owner::ConsumerRun(run),
            future: Box::pin(consumer::consumer(Rc::clone(world), run)),
        }
    }

    fn operator(world: &Shared) -> Self {
        Task {
            owner: Owner::Operator,
            future: Box::pin(operator::operate(Rc::clone(world))),
        }
    }

    /// Runs up to the next crash point; returns whether it has ended there.
    pub(crate) fn poll(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        self.future.as_mut().poll(&mut context).is_ready()
    }

    /// Ends it, by itself or since its isolate died.
    pub(crate) fn end(self, world: &mut World, is_dying: bool) {
        match self.owner {
            Owner::Sender(body, attempt) if is_dying => world.no_answer(body, attempt),
            Owner::Sender(..) | Owner::Operator => {}
            Owner::ConsumerRun(run) => world.ended(run, is_dying),
        }
    }
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Shared {
        let mut random = Random::new(scenario.seed);
        let settings = SettingsPlan::new(&scenario);
        let senders = Senders::new(&scenario, &settings, &mut random);
        let mut world = World {
            now: 0,
            random,
            settings,
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
        for at in world.scenario.operator.clone() {
            world.due(at, Due::Operate);
        }
        if world.scenario.loners > 0 || world.scenario.named_loners.is_some() {
            world.due(0, Due::Heartbeat);
        }
        if world.scenario.has_strange_messages {
            world.put_strange_messages();
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

    pub(crate) fn fault(&mut self, fault: String) {
        self.history.faults.push(fault);
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

    /// Returns the schedule of the settings that hold, of the usual ones while they are faulty.
    pub(crate) fn schedule(&self) -> RetrySchedule {
        let current = self.settings.at(self.now);
        let current = current.unwrap_or_else(|| self.settings.usual());
        current.planner.settings().schedule.clone()
    }

    pub(crate) fn next_call(&mut self) -> usize {
        self.calls += 1;
        self.calls - 1
    }

    /// Stops at a crash point until then; the isolate may die here.
    fn enter_crash_point(&mut self, effect: Effect, until: i64) {
        self.wake = until.max(self.now);
        let share = self.scenario.rates.crash;
        self.is_dying |= self.scenario.crash_at == Some(self.points) || self.chance_of_fault(share);
        self.points += 1;
        if self.is_dying {
            *self.history.crashes.entry(effect).or_default() += 1;
        }
    }

    pub(crate) fn points(&self) -> usize {
        self.points
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls
    }

    fn is_done(&self) -> bool {
        !self.senders.is_busy() && self.queue.is_empty()
    }

    fn sweep(&mut self) {
        self.sweep_stores();
        if !self.is_done() || self.timers.len() > 1 {
            self.due(self.now + HOUR, Due::Sweep);
        }
    }

    /// Posts ordinary traffic as long as there is other traffic, and while anything waits.
    fn beat(&mut self) {
        let operated = self.scenario.operator.iter().copied().max().unwrap_or(0);
        let busy = self
            .scenario
            .busy
            .max(self.scenario.faults_until)
            .max(operated);
        if self.now < busy || !self.is_done() {
            // often enough that every run of failures ends, rarely enough for a big world
            let is_rare = self.has_faults() || self.is_done();
            let gap = if is_rare { 4 * HOUR } else { 5 * MINUTE };
            self.post_heartbeat();
            let gap = gap.max(self.scenario.busy / 500);
            self.due(self.now + gap, Due::Heartbeat);
        }
    }
}

/// Does something at a store, between two crash points.
pub(crate) async fn effect<T>(
    world: &Shared,
    effect: Effect,
    store: Store,
    act: impl FnOnce(&mut World) -> T,
) -> Option<T> {
    crash_point(world, effect).await;
    let result = world.borrow_mut().call(store, act);
    crash_point(world, effect).await;
    result
}

/// Stops at a crash point, usually for a short time.
pub(crate) async fn crash_point(world: &Shared, effect: Effect) {
    {
        let mut world = world.borrow_mut();
        let share = world.scenario.rates.late;
        let longest = if world.chance_of_fault(share) {
            4 * MINUTE
        } else {
            40
        };
        let until = world.now + world.random.between(1, longest);
        world.enter_crash_point(effect, until);
    }
    Pause(false).await;
}

/// Stops at a crash point until then.
pub(crate) async fn crash_point_until(world: &Shared, effect: Effect, until: i64) {
    world.borrow_mut().enter_crash_point(effect, until);
    Pause(false).await;
}

/// Ends the isolate.
pub(crate) async fn die(world: &Shared, effect: Effect) {
    world.borrow_mut().is_dying = true;
    crash_point(world, effect).await;
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
            world.borrow_mut().fault(format!(
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
            Due::Heartbeat => {
                world.borrow_mut().beat();
                continue;
            }
            Due::Post(body, attempt) => {
                let is_due = world.borrow_mut().post(body, attempt);
                let post = is_due.then(|| Task::sender(world, body, attempt));
                post.into_iter().collect()
            }
            Due::Operate => vec![Task::operator(world)],
            Due::Pump => {
                let runs = world.borrow_mut().pump();
                let tasks = runs.into_iter().map(|run| Task::consumer(world, run));
                tasks.collect()
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
    let mut task = tasks.remove(&number).expect("a task with a timer exists");
    let is_done = task.poll();
    let mut world = world.borrow_mut();
    let is_dying = std::mem::take(&mut world.is_dying);
    if is_done || is_dying {
        task.end(&mut world, is_dying && !is_done);
    } else {
        let wake = world.wake;
        world.due(wake, Due::Wake(number));
        tasks.insert(number, task);
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
