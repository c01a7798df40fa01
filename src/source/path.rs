//! Paths to values in nested objects.
//!
//! In: a path as the operator or a sender's documentation writes it. Out: the value there, by a
//! search or, once its keys have slots, by an array access. A path that is malformed (`a..b`) is
//! `None`.

use super::Container;
use crate::json::{Key, KeyHash, KeyIndex, Members, Slot, Value};
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A path through nested objects: dotted (`user_properties.plan`), or a JSON Pointer (RFC 6901) when
/// it starts with `/`.
#[derive(Debug, PartialEq, Eq)]
pub struct Path {
    text: Cow<'static, str>,
    steps: Steps,
    slots: Option<SlotPath>,
}

impl Clone for Path {
    // not derived, since lists of paths are copied in many places, with this in each
    #[inline(never)]
    fn clone(&self) -> Self {
        Path {
            text: self.text.clone(),
            steps: self.steps.clone(),
            slots: self.slots,
        }
    }
}

/// The slots of a path's value: under the whole path as one key, otherwise in a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotPath {
    /// The slot of the whole path as one key, dots included.
    pub whole: Slot,
    /// The container that the first key names, and the second key's slot in it.
    pub nested: Option<(Container, Slot)>,
}

/// Gives a slot to a key in the container at a path; `None` where no container is there.
pub type SlotOfKey<'f> = dyn FnMut(&str, Key<'_>) -> Option<(Container, Slot)> + 'f;

/// How a path is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Steps {
    /// No dot: one key.
    Key(KeyHash),
    /// One dot: a key that contains it, otherwise a key below a key.
    Two {
        whole: KeyHash,
        dot: usize,
        first: KeyHash,
        second: KeyHash,
    },
    /// More dots: the longest key first.
    Dotted,
    /// A JSON Pointer's tokens, one key each.
    Pointer(Arc<[String]>),
}

/// What a key leads to.
#[derive(Clone, Copy, Debug)]
pub enum PathTarget<'m, 'a> {
    /// A value.
    Value(Value<'a>),
    /// The listed members of an object, and the object itself.
    Indexed(&'m Members<'a>, Value<'a>),
}

impl Path {
    /// A dotted path from a sender's documentation.
    #[must_use]
    pub fn documented(written: &'static str) -> Self {
        Path {
            steps: steps(written),
            text: Cow::Borrowed(written),
            slots: None,
        }
    }

    /// Reads a path; `None` for the empty text, `a..b`, `.a`, or a pointer with a `~` before
    /// anything but `0` or `1`.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::Path;
    /// assert!(Path::parse("user_properties.kochava_device_id").is_some());
    /// assert!(Path::parse("/event_properties/a~1b").is_some());
    /// assert!(Path::parse("a..b").is_none());
    /// ```
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        let steps = match written.strip_prefix('/') {
            None if written.split('.').any(str::is_empty) => return None,
            None => steps(written),
            Some(tokens) => Steps::Pointer(
                tokens
                    .split('/')
                    .map(unescape_token)
                    .collect::<Option<_>>()?,
            ),
        };
        Some(Path {
            text: Cow::Owned(written.to_string()),
            steps,
            slots: None,
        })
    }

    /// A dotted path of any text: the name of a property may contain any character.
    #[must_use]
    pub fn dotted(name: &str) -> Self {
        Path {
            text: Cow::Owned(name.to_string()),
            steps: steps(name),
            slots: None,
        }
    }

    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The keys from the outermost one on, each dot of a dotted path between two.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        match &self.steps {
            Steps::Pointer(tokens) => tokens.iter().map(String::as_str).collect(),
            Steps::Key(_) | Steps::Two { .. } | Steps::Dotted => self.text.split('.').collect(),
        }
    }

    /// The dotted name of the property at this path below the object at the path `container`, which
    /// is empty for the event itself; `None` if the path leads elsewhere.
    #[must_use]
    pub fn name_below(&self, container: &str) -> Option<String> {
        let text = match &self.steps {
            Steps::Pointer(tokens) => Cow::Owned(tokens.join(".")),
            _ => Cow::Borrowed(&*self.text),
        };
        if container.is_empty() {
            return Some(text.into_owned());
        }
        text.strip_prefix(container)?
            .strip_prefix('.')
            .map(String::from)
    }

    /// Leaves out the first key where it is `object` and further ones follow: `event.price` becomes
    /// `price`, `/event/price` becomes `/price`.
    pub(super) fn leave(&mut self, object: &str) {
        let below = |text: &str, mark: char| {
            let rest = text.strip_prefix(object)?.strip_prefix(mark)?;
            (!object.is_empty() && !rest.is_empty()).then(|| rest.to_string())
        };
        let inner = match self.text.strip_prefix('/') {
            Some(tokens) => below(tokens, '/').and_then(|rest| Path::parse(&["/", &rest].concat())),
            None => below(&self.text, '.').map(|rest| Path::dotted(&rest)),
        };
        if let Some(inner) = inner {
            *self = inner;
        }
    }

    /// Leaves out the last key where it is `member` and the path leads through `container` to a
    /// property of it: `subscriber_attributes.plan.value` becomes `subscriber_attributes.plan`.
    pub(super) fn end_at_value(&mut self, container: &str, member: &str) {
        let name = |text: &str, mark: char| {
            let object = text.strip_suffix(member)?.strip_suffix(mark)?;
            let name = object.strip_prefix(container)?.strip_prefix(mark)?;
            (!member.is_empty() && !name.is_empty()).then(|| object.to_string())
        };
        let shorter = match self.text.strip_prefix('/') {
            Some(tokens) => name(tokens, '/').and_then(|rest| Path::parse(&["/", &rest].concat())),
            None => name(&self.text, '.').map(|rest| Path::dotted(&rest)),
        };
        if let Some(shorter) = shorter {
            *self = shorter;
        }
    }

    /// The slots of its value, if [`Path::assign_slots`] gave it some.
    #[must_use]
    pub fn slots(&self) -> Option<SlotPath> {
        self.slots
    }

    /// Gives slots to the keys of a path: `top` to the whole path, `nested` to its last key if the
    /// keys before it lead to a container. A path of the operator that has more than two keys keeps
    /// none, since any of its dots may belong to a key; it must be searched.
    pub fn assign_slots(&mut self, top: &mut KeyIndex, nested: &mut SlotOfKey<'_>) {
        let text: &str = &self.text;
        let dot = match self.steps {
            Steps::Key(hash) => {
                self.slots = top.add(hash.of(text)).map(|whole| SlotPath {
                    whole,
                    nested: None,
                });
                return;
            }
            Steps::Two { dot, .. } => Some(dot),
            Steps::Dotted if matches!(self.text, Cow::Borrowed(_)) => text.rfind('.'),
            Steps::Dotted | Steps::Pointer(_) => None,
        };
        self.slots = dot.and_then(|dot| {
            let nested = nested(&text[..dot], Key::of(&text[dot + 1..]))?;
            Some(SlotPath {
                whole: top.add(Key::of(text))?,
                nested: Some(nested),
            })
        });
    }

    /// Searches the value at this path; `top` looks up the outermost keys. `null` counts as absent.
    ///
    /// In a dotted path the longest key that leads to a value wins, so that keys that contain dots
    /// are reached.
    pub fn find<'m, 'a: 'm>(
        &self,
        top: &dyn Fn(Key<'_>) -> Option<PathTarget<'m, 'a>>,
    ) -> Option<Value<'a>> {
        let written: &str = &self.text;
        match &self.steps {
            Steps::Key(hash) => top(hash.of(written)).and_then(PathTarget::value),
            Steps::Two {
                whole,
                dot,
                first,
                second,
            } => match top(whole.of(written)).and_then(PathTarget::value) {
                None => below(
                    top(first.of(&written[..*dot]))?,
                    second.of(&written[dot + 1..]),
                )
                .and_then(PathTarget::value),
                found => found,
            },
            Steps::Dotted => longest_key_first(written, top),
            Steps::Pointer(tokens) => {
                let (first, rest) = tokens.split_first()?;
                rest.iter()
                    .try_fold(top(Key::of(first))?, |place, token| {
                        below(place, Key::of(token))
                    })
                    .and_then(PathTarget::value)
            }
        }
    }
}

/// How a dotted path is followed.
const fn steps(written: &str) -> Steps {
    let bytes = written.as_bytes();
    let mut dot = None;
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], dot) {
            (b'.', Some(_)) => return Steps::Dotted,
            (b'.', None) => dot = Some(at),
            _ => {}
        }
        at += 1;
    }
    let whole = KeyHash::new(bytes);
    match dot {
        None => Steps::Key(whole),
        Some(dot) => {
            let (first, rest) = bytes.split_at(dot);
            let (_, second) = rest.split_at(1);
            Steps::Two {
                whole,
                dot,
                first: KeyHash::new(first),
                second: KeyHash::new(second),
            }
        }
    }
}

impl<'a> PathTarget<'_, 'a> {
    fn value(self) -> Option<Value<'a>> {
        let (PathTarget::Value(value) | PathTarget::Indexed(_, value)) = self;
        (!value.is_null()).then_some(value)
    }
}

fn longest_key_first<'m, 'a: 'm>(
    path: &str,
    step: &dyn Fn(Key<'_>) -> Option<PathTarget<'m, 'a>>,
) -> Option<Value<'a>> {
    if let Some(value) = step(Key::of(path)).and_then(PathTarget::value) {
        return Some(value);
    }
    path.rmatch_indices('.').find_map(|(dot, _)| {
        let place = step(Key::of(&path[..dot]))?;
        longest_key_first(&path[dot + 1..], &|key| below(place, key))
    })
}

/// A member of an object, or an element of an array by its index.
fn below<'m, 'a: 'm>(place: PathTarget<'m, 'a>, key: Key<'_>) -> Option<PathTarget<'m, 'a>> {
    let value = match place {
        // the listed members may be the result of operators such as `$set`; the operators themselves
        // stand in the object as it was read
        PathTarget::Indexed(members, object)
            if !members.is_unmodified() && key.as_str().starts_with('$') =>
        {
            members.find(key).or_else(|| object.member(key.as_str()))?
        }
        PathTarget::Indexed(members, _) => members.find(key)?,
        PathTarget::Value(object @ Value::Object(_)) => object.member(key.as_str())?,
        PathTarget::Value(array @ Value::Array(_)) => array.elements().nth(index(key.as_str())?)?,
        PathTarget::Value(_) => return None,
    };
    Some(PathTarget::Value(value))
}

fn index(key: &str) -> Option<usize> {
    let canonical = key == "0" || (!key.starts_with(['0', '+']) && !key.is_empty());
    if canonical { key.parse().ok() } else { None }
}

fn unescape_token(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut unescaped = parts.next()?.to_string();
    for part in parts {
        let (character, rest) = match part.as_bytes().first()? {
            b'0' => ('~', &part[1..]),
            b'1' => ('/', &part[1..]),
            _ => return None,
        };
        unescaped.push(character);
        unescaped.push_str(rest);
    }
    Some(unescaped)
}
