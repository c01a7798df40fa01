//! Gathers over the events of a body which paths look right for which field, and chooses among them.

use super::{Context, Planner, Settings, Source, String, Unreadable, Vec};
use crate::mapping::{MappedField, fits};
use crate::plan::advice::{
    Candidate, LOOKS, Look, append_candidates, append_clones, concerns, documented, mapped_paths,
    platform_at, texts,
};
use crate::source::{Element, Event, Kind, Path};

/// Events that a proposal looks at.
const EVENTS_MAX: usize = 1_000;

/// Paths that are proposed for one field.
const PATHS_MAX: usize = 5;

/// What the events of a body have.
pub(super) struct Gathered {
    pub(super) sources: Vec<Source>,
    /// That of the first event.
    pub(super) source: Option<Source>,
    pub(super) fields: Vec<Field>,
}

/// One field and its paths in all events.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) look: &'static Look,
    /// Whether an event may have it.
    is_concerned: bool,
    /// Every path that looks right in some event, the best first.
    found: Vec<Candidate>,
    /// For each event with the field the positions of its paths in `found`, the best first.
    events: Vec<Vec<usize>>,
    /// The paths of the settings.
    mapped: Vec<String>,
    /// The paths that the senders document.
    documented: Vec<String>,
    /// The paths that are proposed in addition, in order.
    pub(super) added: Vec<String>,
    /// Where an app is told to put the value, if no event has it and the setting is required.
    pub(super) expected: Option<String>,
}

/// Gathers the fields of the events of a body.
///
/// # Errors
/// As [`Planner::plan`].
pub(super) fn gather(
    body: &str,
    context: &Context<'_>,
    planner: &Planner,
) -> Result<Gathered, Unreadable> {
    let mut gathered = Gathered {
        sources: Vec::new(),
        source: None,
        fields: LOOKS.iter().map(Field::new).collect(),
    };
    let mut left = EVENTS_MAX;
    planner.each_listed(body, context, &mut |element| {
        if let Element::Event(event) = element
            && left > 0
        {
            left -= 1;
            gathered.add(event, planner, context.source);
        }
    })?;
    for field in &mut gathered.fields {
        field.choose();
    }
    Ok(gathered)
}

/// Settings that map nothing: Segment documents all that must be there.
pub(super) fn no_settings() -> Settings {
    Settings::read(r#"{"app_guid":"-","sources":["segment"]}"#)
        .expect("every member that is required is there")
}

impl Gathered {
    fn add(&mut self, event: &Event<'_>, planner: &Planner, told: Option<Source>) {
        if self.sources.is_empty() && (told.is_some() || event.source() != Source::Generic) {
            self.source = Some(event.source());
        }
        // what an envelope carries is its sender's, and is mapped so
        if !self.sources.contains(&event.schema.source) {
            self.sources.push(event.schema.source);
        }
        if !matches!(event.kind, Kind::Event | Kind::User) {
            return;
        }
        let plan = planner.plan_of(event.schema.source);
        let platform = platform_at(plan, event);
        for field in &mut self.fields {
            if concerns(field.look, event) {
                let mut found = Vec::new();
                append_candidates(&mut found, plan, event, field.look, platform);
                field.add(planner, event, found);
            }
        }
    }
}

impl Field {
    fn new(look: &'static Look) -> Self {
        Field {
            look,
            is_concerned: false,
            found: Vec::new(),
            events: Vec::new(),
            mapped: Vec::new(),
            documented: Vec::new(),
            added: Vec::new(),
            expected: None,
        }
    }

    /// Adds the paths of an event. One that has the field at a path of the settings needs no other.
    fn add(&mut self, planner: &Planner, event: &Event<'_>, found: Vec<Candidate>) {
        let plan = planner.plan_of(event.schema.source);
        self.is_concerned = true;
        for path in texts(&documented(plan, event, self.look.field)) {
            if !self.documented.contains(&path) {
                self.documented.push(path);
            }
        }
        let is_usable = |path: &Path| {
            let words = event.schema.platforms;
            event
                .at(path)
                .is_some_and(|value| fits(self.look.field, &value, words))
        };
        let mapped = mapped_paths(&plan.settings, self.look.field).unwrap_or_default();
        self.mapped = texts(mapped_paths(&planner.settings, self.look.field).unwrap_or_default());
        let is_filled = mapped.iter().any(is_usable);
        let mut places = Vec::new();
        for candidate in found {
            let is_same = |known: &Candidate| known.path == candidate.path;
            let place = self.found.iter().position(is_same);
            places.push(place.unwrap_or(self.found.len()));
            if place.is_none() {
                self.found.push(candidate);
            }
        }
        if !is_filled && !places.is_empty() {
            self.events.push(places);
        }
    }

    /// Chooses paths until every event that has a certain one has one. Documented paths need no
    /// setting where nothing is mapped.
    fn choose(&mut self) {
        let is_read = |found: &Candidate| self.mapped.is_empty() && found.is_documented();
        let mut chosen: Vec<usize> = Vec::new();
        for places in &self.events {
            let is_filled = |place: &usize| chosen.contains(place) || is_read(&self.found[*place]);
            if places.iter().any(is_filled) || chosen.len() == PATHS_MAX {
                continue;
            }
            let mut places = places.iter().copied();
            let Some(best) = places.find(|place| self.found[*place].is_certain()) else {
                continue;
            };
            // the likelier path is tried first
            let rank = self.found[best].rank;
            let behind = |place: &usize| rank < self.found[*place].rank;
            let at = chosen.iter().position(behind).unwrap_or(chosen.len());
            chosen.insert(at, best);
        }
        if chosen.is_empty() {
            return;
        }
        if self.mapped.is_empty() {
            // a mapped field is no longer read where it is documented
            append_clones(&mut self.added, &self.documented);
        }
        for place in chosen {
            self.push(self.found[place].path.clone());
        }
    }

    fn push(&mut self, path: String) {
        if !self.mapped.contains(&path) && !self.added.contains(&path) {
            self.added.push(path);
        }
    }

    /// Maps the documented paths at which an event has the field; false where none has.
    #[inline(never)]
    pub(super) fn use_documented(&mut self) -> bool {
        if self.added.is_empty() && self.mapped.is_empty() {
            for found in &self.found {
                if found.is_documented() {
                    self.added.push(found.path.clone());
                }
            }
        }
        !self.added.is_empty() || !self.mapped.is_empty()
    }

    /// Maps a field that must be mapped: where it is documented, otherwise where an app is told to
    /// put it.
    pub(super) fn require(&mut self, sources: &[Source]) {
        if self.use_documented() {
            return;
        }
        if let Some(path) = self.documented.first() {
            self.added.push(path.clone());
            self.expected = Some(path.clone());
            return;
        }
        let key = self.look.setting.rsplit('.').next().unwrap_or_default();
        let schema = sources.last().copied().unwrap_or_default().schema();
        let object = match (self.look.field, schema.user_properties) {
            (MappedField::EventName, _) => "",
            (_, "") => schema.properties,
            (_, object) => object,
        };
        let dot = if object.is_empty() { "" } else { "." };
        let path = [object, dot, key].concat();
        self.added.push(path.clone());
        self.expected = Some(path);
    }

    /// The path that fills the field in most events: the first that is tried and that an event has.
    pub(super) fn chosen(&self) -> Option<&str> {
        let is_found = |path: &&String| {
            self.found
                .iter()
                .any(|found| found.path == **path && found.is_certain())
        };
        let mut tried = self.mapped.iter().chain(&self.added);
        let found = tried.find(is_found).or_else(|| self.mapped.first());
        if found.is_some() || !self.added.is_empty() {
            return found.map(String::as_str);
        }
        let mut documented = self.found.iter().filter(|found| found.is_documented());
        documented.next().map(|found| found.path.as_str())
    }

    /// Whether the field says something about the events.
    pub(super) fn is_told(&self) -> bool {
        self.is_concerned || !self.added.is_empty()
    }

    /// The paths that the proposed settings have for the field; none where they leave it alone.
    #[inline(never)]
    pub(super) fn value(&self) -> Vec<String> {
        let mut value = Vec::new();
        append_clones(&mut value, &self.mapped);
        append_clones(&mut value, &self.added);
        value
    }

    /// Every path that looks right, with what the setting would be with it.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = Vec::new();
        for found in &self.found {
            let mut candidate = found.clone();
            let value = &mut candidate.value;
            if self.expected.is_none() {
                *value = self.value();
            }
            if value.is_empty() && !found.is_documented() {
                append_clones(value, &self.documented);
            }
            if !value.contains(&found.path) {
                value.push(found.path.clone());
            }
            let behind = |known: &Candidate| found.rank < known.rank;
            let at = all.iter().position(behind).unwrap_or(all.len());
            all.insert(at, candidate);
        }
        all
    }
}
