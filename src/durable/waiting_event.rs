//! An event that waits, planned under the current settings.

use super::arrival::EventNames;
use crate::digest::Digest;
use crate::plan::{Context, Planner, WaitingFate};
use crate::source::{Element, ShapeCache, Source, Unreadable};
use crate::time::Moment;
use alloc::string::String;

/// What becomes of an event that waits, and the names by which it is recognised.
#[derive(Clone, Debug)]
pub struct WaitingEvent {
    /// What is to be sent, or why nothing is.
    pub fate: WaitingFate,
    /// Whether its sender gives it an id.
    pub has_id: bool,
    /// The digest of its device, as its sender identifies devices.
    pub ordering_key: Option<Digest>,
    /// The name of the event, for display.
    pub name: Option<String>,
    /// The App GUID of an event that breaks rules, where the settings name one for it.
    pub app: Option<String>,
}

impl Planner {
    /// Plans an event that was selected when it arrived and waits since; its calls are written and
    /// signed. `of_users` where its place in the body made it a user; `is_test` where an operator sends
    /// it as test traffic.
    ///
    /// # Errors
    /// `{`: the text is not exactly one element.
    pub fn plan_waiting(
        &self,
        event: &str,
        source: Source,
        of_users: bool,
        is_test: bool,
        received: Moment,
        shapes: &mut ShapeCache,
    ) -> Result<WaitingEvent, Unreadable> {
        let context = Context {
            source: Some(source),
            received_at: Some(received),
            is_test,
            ..Context::default()
        };
        self.one_element(event, of_users, &context, shapes, |element, scratch| {
            let names = EventNames::of(element);
            let name = match element {
                Element::Event(event) => event.name,
                _ => None,
            };
            let (fate, app) = self.calls_of_element(element, &context, scratch);
            WaitingEvent {
                fate,
                app,
                has_id: names.key.is_some(),
                ordering_key: names.ordering_key,
                name: name.map(|name| name.decode().into_owned()),
            }
        })
    }
}
