//! Explores small worlds exhaustively: every order of effects of two consumers, with a few faults
//! anywhere.
//!
//! A path is a list of choices. The world is played again from its beginning along each path, up to
//! a choice that no path made yet; a state that another path reached before is not explored again.
//! Every end is checked like any other world.

use super::fault_plan::{Scenario, always, settings};
use super::invariants::check;
use super::senders::Spelling;
use super::settings::SettingsPlan;
use super::world::{Shared, Task, World};
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashSet};
use std::env;
use std::hash::{Hash, Hasher};

/// A small world.
#[derive(Clone, Copy, Debug)]
struct SmallWorld {
    name: &'static str,
    /// The device and the number of the event of each body.
    bodies: [(usize, u32); 2],
    /// How many faults there may be in one history.
    faults: usize,
}

/// What a path may choose next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Choice {
    /// This task goes on to its next crash point.
    Go(u64),
    /// Its isolate dies.
    Crash(u64),
    /// A consumer takes this message, by its place among those that are due.
    Take(usize),
    /// The queue has another copy of it.
    Copy(usize),
    /// The journal's object restarts.
    Restart,
    /// Nothing happens for longer than a claim holds.
    Sleep,
    /// Time passes until the next message is due.
    Wait,
}

impl Choice {
    fn is_fault(self) -> bool {
        !matches!(self, Choice::Go(_) | Choice::Take(_) | Choice::Wait)
    }
}

/// What an exploration came to.
#[derive(Debug, Default)]
struct Explored {
    states: HashSet<u64>,
    ends: usize,
    steps: usize,
}

/// A world on its way along a path.
struct Play {
    world: Shared,
    tasks: BTreeMap<u64, Task>,
    begun: u64,
    faults: usize,
    /// How often each task went on.
    steps: BTreeMap<u64, usize>,
}

impl Play {
    fn begin(small: SmallWorld) -> Self {
        let scenario = Scenario {
            wave: 1,
            phases: always(settings(
                r#""steps_s":[5],"span_s":5,"pause_steps_s":[5],"slow_steps_s":[5]"#,
                "",
            )),
            ..Scenario::faultless(1, 0)
        };
        let settings = SettingsPlan::new(&scenario);
        let world = World::new(scenario);
        {
            let mut world = world.borrow_mut();
            world.random.fix();
            let mut known = Vec::new();
            for (device, number) in small.bodies {
                if known.contains(&number) {
                    continue;
                }
                known.push(number);
                let text = Spelling::default().event(number, "Level Up", device);
                world
                    .senders
                    .add_body(vec![(device, "Level Up", text, false)], 0, &settings);
            }
            for (submission, (_, number)) in (1..).zip(small.bodies) {
                world.enqueue_alone(number, submission);
            }
            (0..known.len()).for_each(|body| world.answer(body, 0, true, 0));
        }
        Play {
            world,
            tasks: BTreeMap::new(),
            begun: 0,
            faults: small.faults,
            steps: BTreeMap::new(),
        }
    }

    /// Returns everything that may happen next.
    fn choices(&self) -> Vec<Choice> {
        let world = self.world.borrow();
        let due: Vec<usize> = world
            .queue
            .waiting()
            .enumerate()
            .filter(|(_, ((ready, _), _))| *ready <= world.now)
            .map(|(place, _)| place)
            .collect();
        let mut choices: Vec<Choice> = self.tasks.keys().map(|&task| Choice::Go(task)).collect();
        if self.tasks.len() < 2 {
            choices.extend(due.iter().map(|&place| Choice::Take(place)));
        }
        if choices.is_empty() && !world.queue.is_empty() {
            choices.push(Choice::Wait);
        }
        if self.faults > 0 && !choices.is_empty() {
            choices.extend(self.tasks.keys().map(|&task| Choice::Crash(task)));
            choices.extend(due.iter().map(|&place| Choice::Copy(place)));
            if !self.tasks.is_empty() {
                choices.extend([Choice::Restart, Choice::Sleep]);
            }
        }
        choices
    }

    fn choose(&mut self, choice: Choice) {
        self.faults -= usize::from(choice.is_fault());
        match choice {
            Choice::Go(number) => {
                let mut task = self.tasks.remove(&number).expect("it runs");
                let is_done = task.poll();
                if is_done {
                    task.end(&mut self.world.borrow_mut(), false);
                    self.steps.remove(&number);
                } else {
                    self.tasks.insert(number, task);
                    *self.steps.entry(number).or_default() += 1;
                }
            }
            Choice::Crash(number) => {
                let task = self.tasks.remove(&number).expect("it runs");
                self.steps.remove(&number);
                task.end(&mut self.world.borrow_mut(), true);
            }
            Choice::Take(place) => {
                let key = self.key(place);
                let run = self.world.borrow_mut().begin_run(&[key]);
                self.begun += 1;
                self.tasks
                    .insert(self.begun, Task::consumer(&self.world, run));
            }
            Choice::Copy(place) => {
                let key = self.key(place);
                self.world.borrow_mut().copy_waiting(key);
            }
            Choice::Restart => self.world.borrow_mut().restart(0),
            Choice::Sleep => self.world.borrow_mut().now += 4 * super::fault_plan::MINUTE,
            Choice::Wait => {
                let ready = self.key(0).0;
                self.world.borrow_mut().now = ready;
            }
        }
    }

    fn key(&self, place: usize) -> (i64, u64) {
        let world = self.world.borrow();
        let waiting = world.queue.waiting().nth(place);
        *waiting.expect("it waits").0
    }

    /// Returns everything that decides what may happen from here, and what is checked at the end:
    /// the stores, the queue, how far each task is and what it was answered, and the history.
    fn state(&self) -> u64 {
        let world = self.world.borrow();
        let shards = world.stores.shards.values().map(super::shard::Shard::state);
        let waiting = world
            .queue
            .waiting()
            .map(|((ready, _), item)| (*ready, item.text.clone(), item.deliveries));
        let posts = world.history.posts.iter().map(|post| {
            let posted_for = post.posted_for;
            (posted_for.number, posted_for.run)
        });
        let runs = world.history.runs.iter().map(|(number, run)| {
            (
                *number,
                run.is_crashed,
                format!("{:?} {:?}", run.begun_at, run.observed),
            )
        });
        let settled = world.history.settled.iter();
        let settled = settled.map(|(message, by)| (message.to_hex(), by.run));
        hash(&(
            world.now,
            shards.collect::<Vec<_>>(),
            waiting.collect::<Vec<_>>(),
            posts.collect::<Vec<_>>(),
            runs.collect::<Vec<_>>(),
            settled.collect::<Vec<_>>(),
            &world.history.restarts,
            &self.steps,
            self.faults,
        ))
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Explores a small world, and checks all its ends.
fn explore(small: SmallWorld, states_max: usize) -> Explored {
    let mut explored = Explored::default();
    let mut paths: Vec<Vec<Choice>> = vec![Vec::new()];
    while let Some(mut path) = paths.pop() {
        let mut play = Play::begin(small);
        for &choice in &path {
            play.choose(choice);
            explored.steps += 1;
        }
        // on from here along first choices; the others are paths of their own
        while explored.states.insert(play.state()) {
            assert!(
                explored.states.len() <= states_max,
                "{small:?} is no small world"
            );
            let choices = play.choices();
            let Some((&first, others)) = choices.split_first() else {
                explored.ends += 1;
                let report = check(&play.world.borrow());
                assert!(
                    report.faults.is_empty(),
                    "{small:?} {path:?}: {:#?}",
                    report.faults
                );
                break;
            };
            for &other in others {
                paths.push([path.as_slice(), &[other]].concat());
            }
            play.choose(first);
            explored.steps += 1;
            path.push(first);
        }
    }
    println!(
        "{}, {} faults: {} states, {} ends, {} steps",
        small.name,
        small.faults,
        explored.states.len(),
        explored.ends,
        explored.steps
    );
    explored
}

/// Two events of one device, two events of two devices, and one event in two messages.
const WORLDS: [(&str, [(usize, u32); 2]); 3] = [
    ("two events of one device", [(0, 0), (0, 1)]),
    ("two events of two devices", [(0, 0), (1, 1)]),
    ("one event in two messages", [(0, 0), (0, 0)]),
];

#[test]
fn every_order_of_effects_with_faults_anywhere_keeps_the_invariants() {
    let faults = env::var("FAULTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    for (name, bodies) in WORLDS {
        // the messages of one event hinder each other: with two faults its orders take many minutes
        let is_shared = bodies[0] == bodies[1];
        let small = SmallWorld {
            name,
            bodies,
            faults: if is_shared { faults.min(1) } else { faults },
        };
        let explored = explore(small, 20_000_000);
        assert!(
            explored.ends > 0 && explored.states.len() > 100,
            "{explored:?}"
        );
    }
}
