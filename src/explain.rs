//! Why does each field say what it says?
//!
//! Enters: a fate and what mapping asked for it. Leaves: for every field of every request its value, its origin and what was tried before;
//! and the fields that were looked for and not sent. The values are read back from the very bodies that are sent.

use crate::json::{Key, Print, Reader, Text};
use crate::plan::{Context, Fate, Planner};
use crate::request::RequestKind;
use crate::source::Unreadable;
use crate::steps::count;
use crate::trace::{Asked, Question, Trace};
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

/// A fate, and why.
#[derive(Clone, Debug)]
pub struct Explained {
    /// What becomes of the element.
    pub fate: Fate,
    /// Where the element lies, in bytes from the beginning of the body.
    pub at: Range<usize>,
    /// One entry for every field, in the order of the bodies; behind them, by name, the fields that were looked for and are not sent.
    pub fields: Vec<Explanation>,
}

/// Why one field says what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The request that it stands in, by its number in the parcel; `None` where it is not sent.
    pub request: Option<usize>,
    /// The field, dotted: `data.device_ids.idfa`.
    pub field: String,
    /// Its value as JSON text, as sent; `None` where it is not sent.
    pub value: Option<String>,
    /// Where the value came from.
    pub origin: Origin,
    /// Every path that was asked, in order, the one that was taken included.
    pub tried: Vec<Question>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From these paths of the event, as the settings or the sender's documentation write them; `device_ver` has two.
    Paths(Vec<String>),
    /// From this setting.
    Setting(&'static str),
    /// From nowhere: Kochava's guide has it so.
    Guide,
}

impl Planner {
    /// Plans every element of a body, and says why each field says what it says. Slower than [`Planner::plan`], with the same fates.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    ///
    /// # Example
    /// ```
    /// # use kochava_edge::{explain::Origin, plan::{Context, Planner}, settings::Settings};
    /// # let settings = Settings::read(r#"{"app_guid":"koexample","mapping":{"kochava_device_id":"user_properties.kd","origination_ip":["ip","ip_address"],"idfv":"idfv"}}"#).unwrap();
    /// let event = br#"{"event_type":"Level Up","ip_address":"203.0.113.9","user_properties":{"kd":"KI-1"}}"#;
    /// let explained = Planner::new(settings).explain(event, &Context::default()).unwrap();
    /// let ip = explained[0].fields.iter().find(|field| field.field == "data.origination_ip").unwrap();
    /// assert_eq!(ip.origin, Origin::Paths(vec!["ip_address".into()]));
    /// assert_eq!(ip.tried.len(), 2);
    /// ```
    pub fn explain(&self, body: &[u8], context: &Context) -> Result<Vec<Explained>, Unreadable> {
        let traced = self.trace(body, context)?;
        Ok(traced.into_iter().map(|(fate, trace)| Explained { at: trace.at(), fields: fields(&fate, trace), fate }).collect())
    }
}

fn fields(fate: &Fate, trace: Trace) -> Vec<Explanation> {
    let questions = trace.into_questions();
    let mut fields = Vec::with_capacity(questions.len());
    let mut asked = Asking::of(questions);
    if let Fate::Ready(parcel) = fate {
        for (number, request) in parcel.requests.iter().enumerate() {
            each_leaf(&mut Reader::new(&request.body), &mut String::with_capacity(64), &mut |field, text| {
                let tried = asked.about(&asked_field(request.kind, field), parcel.requests.len() == 1);
                // what is padded with an empty text comes from no path, whatever was asked
                let is_padding = text == "\"\"" && !field.starts_with("data.event_data.");
                let origin = if is_padding { Origin::Guide } else { origin(field, &tried) };
                fields.push(Explanation { request: Some(number), field: field.to_string(), value: Some(text.to_string()), origin, tried });
            });
        }
    }
    for AskedFor { field, tried, .. } in asked.into_unsent() {
        fields.push(Explanation { request: None, origin: origin(&field, &tried), field, value: None, tried });
    }
    fields
}

/// What mapping asked, by the field that it asked for.
struct Asking {
    list: Vec<AskedFor>,
    /// Where each field stands behind the first ones, which are looked through: whoever sends the names must not choose how long that takes.
    places: BTreeMap<String, usize>,
}

/// Among so few fields one is found faster by looking through them.
const LOOKED_THROUGH: usize = 48;

struct AskedFor {
    field: String,
    print: Print,
    is_sent: bool,
    tried: Vec<Question>,
}

impl Asking {
    fn of(questions: Vec<Question>) -> Self {
        let mut asking = Asking { list: Vec::with_capacity(questions.len()), places: BTreeMap::new() };
        for question in questions {
            let key = Key::of(&question.field);
            if let Some(at) = asking.find(key) {
                asking.list[at].tried.push(question);
                continue;
            }
            let (field, print) = (question.field.clone(), key.print());
            if asking.list.len() >= LOOKED_THROUGH {
                asking.places.insert(field.clone(), asking.list.len());
            }
            asking.list.push(AskedFor { field, print, is_sent: false, tried: alloc::vec![question] });
        }
        asking
    }

    fn find(&self, key: Key<'_>) -> Option<usize> {
        count(LOOKED_THROUGH.min(self.list.len()));
        let is_it = |asked: &AskedFor| asked.print == key.print() && asked.field == key.as_str();
        let first = self.list.iter().take(LOOKED_THROUGH).position(is_it);
        first.or_else(|| self.places.get(key.as_str()).copied())
    }

    /// What was asked for a field, or for the object that it stands in: `att` and `att_detail` come from one status.
    fn about(&mut self, field: &str, only_once: bool) -> Vec<Question> {
        if let Some(at) = self.find(Key::of(field)) {
            let found = &mut self.list[at];
            found.is_sent = true;
            return if only_once { core::mem::take(&mut found.tried) } else { found.tried.clone() };
        }
        let parent = field.rsplit_once('.').map_or("", |(parent, _)| parent);
        let Some(at) = self.find(Key::of(parent)) else { return Vec::new() };
        self.list[at].is_sent = true;
        self.list[at].tried.clone()
    }

    /// What was asked and is not sent, by name.
    fn into_unsent(self) -> Vec<AskedFor> {
        let mut unsent: Vec<_> = self.list.into_iter().filter(|asked| !asked.is_sent).collect();
        unsent.sort_by(|one, other| one.field.cmp(&other.field));
        unsent
    }
}

fn origin(field: &str, tried: &[Question]) -> Origin {
    match (field, tried) {
        ("kochava_app_id", [question, ..]) if question.path == "test_app_guid" => Origin::Setting("test_app_guid"),
        ("kochava_app_id", _) => Origin::Setting("app_guid"),
        _ => taken(tried),
    }
}

fn taken(tried: &[Question]) -> Origin {
    let paths: Vec<_> = tried.iter().filter(|question| question.answer == Asked::Taken).map(|question| question.path.clone()).collect();
    if paths.is_empty() { Origin::Guide } else { Origin::Paths(paths) }
}

/// The name under which mapping asked for a field of a body.
fn asked_field(kind: RequestKind, field: &str) -> Cow<'_, str> {
    const ASKED: [(&str, &str); 4] =
        [("device_id.", "data.device_ids."), ("data.device_ids.", "data.device_ids."), ("data.identity_link.", "identity."), ("data.", "identity.")];
    if kind == RequestKind::Event {
        return Cow::Borrowed(field);
    }
    let found = ASKED.iter().find_map(|(sent, asked)| field.strip_prefix(sent).map(|rest| Cow::Owned(format!("{asked}{rest}"))));
    found.unwrap_or(Cow::Borrowed(field))
}

/// Walks over the scalars of a body that we wrote ourselves, each as it stands there; it holds no list.
pub(crate) fn each_leaf<'b>(reader: &mut Reader<'b>, field: &mut String, each: &mut impl FnMut(&str, &'b str)) {
    if reader.peek() != Some(b'{') {
        let start = reader.position();
        reader.value().into_iter().for_each(|_| each(field, reader.since(start)));
        return;
    }
    let length = field.len();
    let mut first = reader.enter(b'{').is_ok();
    while let Ok(Some(name)) = reader.member(core::mem::take(&mut first)) {
        if length > 0 {
            field.push('.');
        }
        field.push_str(&Text::decode(name));
        each_leaf(reader, field, each);
        field.truncate(length);
    }
}
