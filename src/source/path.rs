//! Where in an event does a value lie?
//!
//! Enters: a path as the operator wrote it. Leaves: the value there. Knows JSON, but nothing of
//! events.

use crate::json::{Key, KeyHash, KeyIndex, Members, Slot, Value};
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A way through nested objects: dotted (`user_properties.plan`), or a JSON Pointer (RFC 6901) when
/// it begins with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    written: Cow<'static, str>,
    steps: Steps,
    route: Option<SlotPath>,
}

/// Where the value lies once the members are read whose keys have slots: under the whole path as
/// one key, or else in the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotPath {
    /// The slot of the whole path as one key.
    pub whole: Slot,
    /// Which container, and the slot in it.
    pub below: Option<(Container, Slot)>,
}

/// An object whose members are listed beside those of the event itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// The event's properties.
    Properties,
    /// The user's.
    UserProperties,
}

/// How a path is walked.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Steps {
    /// Without a dot: one key.
    Key(KeyHash),
    /// With one dot: a key with a dot in it, or a key below a key.
    Two {
        whole: KeyHash,
        dot: usize,
        first: KeyHash,
        second: KeyHash,
    },
    /// With more dots: the longest key first.
    Dotted,
    /// From key to key.
    Pointer(Vec<String>),
}

/// What a key leads to: a value, or one whose members are listed already.
#[derive(Clone, Copy, Debug)]
pub enum PathTarget<'m, 'a> {
    /// A value.
    Value(Value<'a>),
    /// The listed members of an object, and the object itself.
    Indexed(&'m Members<'a>, Value<'a>),
}

impl Path {
    /// A dotted path that we know from a sender's documentation.
    #[must_use]
    pub const fn documented(written: &'static str) -> Self {
        Path {
            steps: steps(written),
            written: Cow::Borrowed(written),
            route: None,
        }
    }

    /// Reads a path; nothing for the empty text, `a..b`, `.a`, or a pointer with a `~` before
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
                    .collect::<Option<Vec<_>>>()?,
            ),
        };
        Some(Path {
            written: Cow::Owned(written.to_string()),
            steps,
            route: None,
        })
    }

    /// A dotted path of any text: the name of a property, whatever characters it has.
    #[must_use]
    pub fn dotted(name: &str) -> Self {
        Path {
            written: Cow::Owned(name.to_string()),
            steps: steps(name),
            route: None,
        }
    }

    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Where its value lies, if it was routed.
    #[must_use]
    pub fn route(&self) -> Option<SlotPath> {
        self.route
    }

    /// Gives slots to its keys: `top` to one of the outermost, `below` to one in a container, if
    /// its first key leads to one. A path of any other form is still to be looked for.
    pub fn set_route(
        &mut self,
        top: &mut KeyIndex,
        below: impl FnOnce(Key<'_>, Key<'_>) -> Option<(Container, Slot)>,
    ) {
        let written: &str = &self.written;
        self.route = match self.steps {
            Steps::Key(print) => top
                .of(print.of(written))
                .map(|whole| SlotPath { whole, below: None }),
            Steps::Two {
                whole,
                dot,
                first,
                second,
            } => {
                let below = below(first.of(&written[..dot]), second.of(&written[dot + 1..]));
                below.and_then(|below| {
                    Some(SlotPath {
                        whole: top.of(whole.of(written))?,
                        below: Some(below),
                    })
                })
            }
            Steps::Dotted | Steps::Pointer(_) => None,
        };
    }

    /// The value at this path, where `top` knows what the outermost keys lead to; `null` is like
    /// absent.
    ///
    /// Of a dotted path the longest key that leads to a value wins, so that a key with dots in it
    /// is reached.
    pub fn find<'m, 'a: 'm>(
        &self,
        top: &dyn Fn(Key<'_>) -> Option<PathTarget<'m, 'a>>,
    ) -> Option<Value<'a>> {
        let written: &str = &self.written;
        match &self.steps {
            Steps::Key(print) => top(print.of(written)).and_then(PathTarget::value),
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

/// How a dotted path is walked.
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
    let whole = KeyHash::of_bytes(bytes);
    match dot {
        None => Steps::Key(whole),
        Some(dot) => {
            let (first, rest) = bytes.split_at(dot);
            let (_, second) = rest.split_at(1);
            Steps::Two {
                whole,
                dot,
                first: KeyHash::of_bytes(first),
                second: KeyHash::of_bytes(second),
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

/// One step down: a member of an object, or an element of an array by its index.
fn below<'m, 'a: 'm>(place: PathTarget<'m, 'a>, key: Key<'_>) -> Option<PathTarget<'m, 'a>> {
    let value = match place {
        // what is listed may be what operators such as `$set` come to; they themselves stand in the
        // object alone
        PathTarget::Indexed(members, object)
            if !members.is_as_read() && key.as_str().starts_with('$') =>
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
