//! The state of the parts that delivery needs, for `/health`.
//!
//! `/health` is public, so its cost is bounded: an isolate looks at the parts once in a few seconds,
//! however many ask, and requests at the same moment share one look.

mod parts;

use crate::clock;
use crate::config::Setup;
use crate::limits::{HEALTH_LOOK_MILLIS_MAX, HEALTH_MILLIS, HEALTH_POLL_MILLIS};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use worker::{Delay, Env};

pub(crate) use parts::Parts;

/// Returns the state of the parts, at most a few seconds old.
pub(crate) async fn view(setup: &Setup, env: &Env) -> Rc<Parts> {
    thread_local! {
        static SHARED: RefCell<SharedAnswer<Rc<Parts>>> = const { RefCell::new(SharedAnswer::new()) };
    }
    loop {
        let turn = SHARED.with(|shared| shared.borrow_mut().turn(clock::now()));
        match turn {
            Turn::Use(parts) => return parts,
            Turn::Look => {
                let parts = Rc::new(Parts::look(setup, env).await);
                let kept = Rc::clone(&parts);
                SHARED.with(|shared| shared.borrow_mut().keep(kept, clock::now()));
                return parts;
            }
            // each request waits on a timer of its own: workerd lets no request await the I/O of
            // another
            Turn::Wait => Delay::from(Duration::from_millis(HEALTH_POLL_MILLIS)).await,
        }
    }
}

/// What the requests of an isolate share: the last look, and whether one is under way.
struct SharedAnswer<V> {
    /// The last look, and when it ended.
    last: Option<(i64, V)>,
    /// When the look that is under way began.
    began: Option<i64>,
}

/// What a request does.
#[derive(Debug, PartialEq, Eq)]
enum Turn<V> {
    /// It uses the last look.
    Use(V),
    /// It looks.
    Look,
    /// Another request is looking.
    Wait,
}

impl<V: Clone> SharedAnswer<V> {
    const fn new() -> Self {
        SharedAnswer {
            last: None,
            began: None,
        }
    }

    fn turn(&mut self, now: i64) -> Turn<V> {
        let is_recent = |at: i64, millis: i64| (0..millis).contains(&(now - at));
        match &self.last {
            Some((at, view)) if is_recent(*at, HEALTH_MILLIS) => return Turn::Use(view.clone()),
            _ => {}
        }
        // the platform ends a request whose client hangs up, and its look with it
        match self.began {
            Some(at) if is_recent(at, HEALTH_LOOK_MILLIS_MAX) => Turn::Wait,
            _ => {
                self.began = Some(now);
                Turn::Look
            }
        }
    }

    fn keep(&mut self, view: V, now: i64) {
        self.last = Some((now, view));
        self.began = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{HEALTH_LOOK_MILLIS_MAX, HEALTH_MILLIS, SharedAnswer, Turn};

    #[test]
    fn one_request_looks_and_the_others_wait_for_it_and_use_what_it_saw() {
        let mut shared = SharedAnswer::new();
        assert_eq!(shared.turn(1_000), Turn::Look);
        assert_eq!(shared.turn(1_000), Turn::Wait);
        assert_eq!(shared.turn(1_500), Turn::Wait);
        shared.keep("seen", 1_600);
        assert_eq!(shared.turn(1_600), Turn::Use("seen"));
        assert_eq!(shared.turn(1_600 + HEALTH_MILLIS - 1), Turn::Use("seen"));
        assert_eq!(shared.turn(1_600 + HEALTH_MILLIS), Turn::Look);
        assert_eq!(shared.turn(1_600 + HEALTH_MILLIS), Turn::Wait);
    }

    #[test]
    fn a_look_that_never_ends_is_repeated_by_another_request() {
        let mut shared: SharedAnswer<()> = SharedAnswer::new();
        assert_eq!(shared.turn(0), Turn::Look);
        assert_eq!(shared.turn(HEALTH_LOOK_MILLIS_MAX - 1), Turn::Wait);
        assert_eq!(shared.turn(HEALTH_LOOK_MILLIS_MAX), Turn::Look);
        // a clock that was set back
        assert_eq!(shared.turn(-1), Turn::Look);
    }
}
