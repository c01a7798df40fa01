//! Is every event in exactly one place, and is everything that happened twice explained?

use super::journal::{Cause, Post, Told};
use super::senders::{Event, Expected};
use super::world::World;
use kochava_edge::RequestKind;
use std::collections::{BTreeMap, BTreeSet};

/// What the invariants say; none of it is a fault.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Where the events are.
    pub(crate) places: BTreeMap<&'static str, usize>,
    /// Acceptances beyond the first, by what explains them.
    pub(crate) duplicates: BTreeMap<String, usize>,
    pub(crate) figures: BTreeMap<&'static str, u64>,
    pub(crate) faults: Vec<String>,
}

impl Book {
    pub(crate) fn fault(&mut self, fault: String) {
        if self.faults.len() < 20 {
            self.faults.push(fault);
        }
    }

    pub(crate) fn add(&mut self, name: &'static str, count: u64) {
        *self.figures.entry(name).or_default() += count;
    }
}

/// The calls of one event, in the order of time.
#[derive(Default)]
struct Calls<'j> {
    posts: Vec<&'j Post>,
}

impl Calls<'_> {
    fn accepted(&self, kind: RequestKind) -> impl Iterator<Item = &Post> {
        self.posts
            .iter()
            .copied()
            .filter(move |post| post.kind == kind && post.is_accepted)
    }
}

/// Closes the invariants of a world that has drained.
pub(crate) fn close(world: &mut World) -> Book {
    let mut book = Book {
        faults: world.journal.faults.clone(),
        ..Book::default()
    };
    if world.senders.is_busy() || !world.queue.is_empty() || world.stores.open_count() > 0 {
        book.fault("something is still on its way".to_owned());
    }
    let mut calls: BTreeMap<u32, Calls<'_>> = BTreeMap::new();
    for post in &world.journal.posts {
        calls.entry(post.number).or_default().posts.push(post);
    }
    let copies = copies(world);
    let none = Calls::default();
    for (number, event) in (0_u32..).zip(&world.senders.events) {
        let calls = calls.get(&number).unwrap_or(&none);
        let page = Page {
            world,
            number,
            event,
            calls,
            copies: &copies,
        };
        page.place(&mut book);
        page.journeys(&mut book);
        page.twice(&mut book);
        page.identity(&mut book);
    }
    super::counts::check(world, &mut book);
    super::order::check(world, &mut book);
    super::schedule::check(world, &mut book);
    book
}

/// How often an event is in the messages of a journey.
fn copies(world: &World) -> BTreeMap<(u64, u32), u64> {
    let mut copies = BTreeMap::new();
    for (journey, numbers) in &world.journal.orders {
        for &number in numbers {
            *copies.entry((*journey, number)).or_default() += 1;
        }
    }
    copies
}

/// One event.
struct Page<'w> {
    world: &'w World,
    number: u32,
    event: &'w Event,
    calls: &'w Calls<'w>,
    copies: &'w BTreeMap<(u64, u32), u64>,
}

impl Page<'_> {
    fn fault(&self, book: &mut Book, what: &str) {
        book.fault(format!("event {}: {what}", self.number));
    }

    /// Where it is.
    fn place(&self, book: &mut Book) {
        let is_rejected = self.world.stores.rejects.contains_key(&self.event.id);
        let is_accepted = self
            .first_kind()
            .is_some_and(|kind| self.calls.accepted(kind).next().is_some());
        let journeys = self
            .world
            .journal
            .journeys
            .get(&self.number)
            .into_iter()
            .flatten();
        let has_journey = journeys
            .into_iter()
            .any(|&(journey, _)| self.copies.contains_key(&(journey, self.number)));
        let place = match &self.event.plan {
            Expected::Skipped if is_rejected || !self.calls.posts.is_empty() => "wrong",
            Expected::Skipped => "skipped",
            Expected::Refused if !self.calls.posts.is_empty() => "wrong",
            Expected::Refused | Expected::Ready(..) if is_rejected && !is_accepted => "in rejects",
            Expected::Ready(..) if is_accepted && !is_rejected => "with Kochava",
            Expected::Ready(..) if is_accepted => "with Kochava and in rejects, ambiguous",
            Expected::Ready(RequestKind::Identity, _) if has_journey && self.is_linked() => {
                "skipped"
            }
            Expected::Refused | Expected::Ready(..) if self.event.is_answered || has_journey => {
                "lost"
            }
            Expected::Refused | Expected::Ready(..) => "with its sender",
        };
        if matches!(place, "lost" | "wrong") {
            self.fault(book, place);
        }
        *book.places.entry(place).or_default() += 1;
    }

    fn first_kind(&self) -> Option<RequestKind> {
        if let Expected::Ready(kind, _) = self.event.plan {
            Some(kind)
        } else {
            None
        }
    }

    /// Whether Kochava took an identity that says the same.
    fn is_linked(&self) -> bool {
        self.event
            .identity()
            .is_some_and(|body| self.world.kochava.identities.contains_key(body))
    }

    /// Every copy of it that went into the queue ended once.
    fn journeys(&self, book: &mut Book) {
        let Some(kind) = self.first_kind() else {
            return;
        };
        let journal = &self.world.journal;
        for &(journey, _) in journal.journeys.get(&self.number).into_iter().flatten() {
            let of_journey = |post: &&Post| post.stamp.journey == journey;
            let noted = |post: &&Post| post.told == Told::Accepted && journal.is_noted(post);
            let taken = self
                .calls
                .accepted(kind)
                .filter(of_journey)
                .filter(noted)
                .count() as u64;
            let rejected = journal
                .rejected
                .get(&(journey, self.event.id))
                .into_iter()
                .flat_map(BTreeMap::values)
                .map(|kept| kept.times);
            let ended = taken + rejected.sum::<u64>();
            let copies = self.copies.get(&(journey, self.number)).copied();
            let is_skipped = kind == RequestKind::Identity && self.is_linked();
            match copies {
                None if ended <= 1 => {}
                Some(copies) if ended == copies || (ended < copies && is_skipped) => {}
                _ => self.fault(book, &format!("ended {ended} times ({taken} with Kochava) of {copies:?} in journey {journey}")),
            }
        }
    }

    /// Every acceptance but one is explained.
    fn twice(&self, book: &mut Book) {
        for kind in [RequestKind::Event, RequestKind::Identity] {
            let mut noted = BTreeSet::new();
            let mut explained = Vec::new();
            for post in self.calls.accepted(kind) {
                match self.explain(post) {
                    Some(why) => explained.push(why.to_owned()),
                    None if noted.insert(post.stamp.journey) => explained.push(String::new()),
                    None => match self.copies.get(&(post.stamp.journey, self.number)) {
                        Some(&copies) if copies > 1 => {
                            explained.push("twice in its body, without a name".to_owned())
                        }
                        _ if self.may_be_same_link(kind) => {
                            explained.push("the same identity".to_owned())
                        }
                        _ => self.fault(
                            book,
                            &format!("accepted twice ({kind:?}), and nothing explains it"),
                        ),
                    },
                }
            }
            // what says nothing is the one that counts, or another of its journeys
            explained.sort_unstable();
            let whys = explained.into_iter().skip(1).map(|why| {
                if why.is_empty() {
                    self.another_journey()
                } else {
                    why
                }
            });
            let name = if kind == RequestKind::Event {
                ""
            } else {
                "identity: "
            };
            whys.for_each(|why| *book.duplicates.entry(format!("{name}{why}")).or_default() += 1);
        }
    }

    /// Why an acceptance did not count.
    fn explain(&self, post: &Post) -> Option<&'static str> {
        let journal = &self.world.journal;
        if post.told != Told::Accepted {
            return Some("Kochava's answer was ambiguous");
        }
        if journal.is_noted(post) {
            return None;
        }
        let round = journal.rounds.get(&post.round?)?;
        let is_later = journal
            .settled
            .get(&post.stamp.message)
            .is_some_and(|settling| settling.at >= round.recalled);
        if round.is_crashed {
            Some("the isolate died before it was noted")
        } else if round.unsettled.contains(&post.stamp.message) {
            Some("the journal did not answer")
        } else if is_later {
            Some("two consumers had it at once")
        } else {
            None
        }
    }

    /// An identity without a number may belong to another event that says the same.
    fn may_be_same_link(&self, kind: RequestKind) -> bool {
        kind == RequestKind::Identity
            && self
                .event
                .identity()
                .is_some_and(|body| super::queue::number_in(body).is_none())
    }

    fn another_journey(&self) -> String {
        let journeys = self
            .world
            .journal
            .journeys
            .get(&self.number)
            .into_iter()
            .flatten();
        let cause = journeys
            .map(|&(_, cause)| cause)
            .find(|&cause| cause != Cause::First);
        let why = match cause {
            Some(Cause::NoKey) => "sent again, without a name",
            Some(Cause::MemorySilent) => "sent again, the memory did not answer",
            Some(Cause::NotRemembered) => "sent again before it was known",
            Some(Cause::Forgotten) => "sent again after a week",
            Some(Cause::First | Cause::None) | None => "unexplained",
        };
        why.to_owned()
    }

    /// Its identity never goes first, and has an end of its own.
    fn identity(&self, book: &mut Book) {
        let Expected::Ready(RequestKind::Event, Some(_)) = self.event.plan else {
            return;
        };
        let first = |kind| self.calls.accepted(kind).map(|post| post.at).next();
        let (event, identity) = (first(RequestKind::Event), first(RequestKind::Identity));
        if identity.is_some_and(|identity| event.is_none_or(|event| event > identity))
            && !self.may_be_same_link(RequestKind::Identity)
        {
            self.fault(book, "its identity was taken before it");
        }
        let is_rejected = self
            .world
            .stores
            .rejects
            .contains_key(&self.event.identity_id());
        let has_ended =
            identity.is_some() || is_rejected || self.is_linked() || self.event.is_large;
        let was_noted = self
            .calls
            .accepted(RequestKind::Event)
            .any(|post| post.told == Told::Accepted && self.world.journal.is_noted(post));
        if was_noted && !has_ended {
            self.fault(book, "its identity is lost");
        }
        book.add("identities taken", u64::from(identity.is_some()));
        book.add("identities in rejects", u64::from(is_rejected));
    }
}
