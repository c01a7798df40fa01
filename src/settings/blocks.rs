//! `test` and `events.select`: blocks of conditions that select events.
//!
//! An event is selected if any block matches; a block matches if its name and all its conditions do
//! (Amplitude, Event streaming overview, "Select and filter events").

use super::faults::Faults;
use super::setting::Setting;
use crate::json::{Decimal, Value};
use crate::source::Path;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A selector of events: a name and conditions, all of which must hold.
#[derive(Clone, Debug)]
pub struct Block {
    /// Patterns of the name, any of which must match; `None`: every name matches.
    pub names: Option<Vec<Pattern>>,
    /// The conditions.
    pub rows: Vec<Condition>,
}

/// A pattern of a name; each `*` stands for any text, even for none.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The whole pattern if it has no `*`, otherwise the part before the first `*`.
    pub head: String,
    /// If there is a `*`: the parts between two of them, in order, and the part behind the last.
    pub rest: Option<(Vec<String>, String)>,
}

impl Pattern {
    /// A name that matches: the pattern with this word for each `*`.
    #[must_use]
    pub fn filled(&self, word: &str) -> String {
        let mut name = self.head.clone();
        if let Some((pieces, tail)) = &self.rest {
            for part in pieces.iter().chain([tail]) {
                name.push_str(word);
                name.push_str(part);
            }
        }
        name
    }

    /// Reads a pattern.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let Some((head, rest)) = text.split_once('*') else {
            return Pattern {
                head: String::from(text),
                rest: None,
            };
        };
        let (pieces, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        let pieces = pieces
            .split('*')
            .filter(|piece| !piece.is_empty())
            .map(String::from)
            .collect();
        Pattern {
            head: String::from(head),
            rest: Some((pieces, String::from(tail))),
        }
    }
}

/// A condition on a property.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The path of the property.
    pub property: Path,
    /// The predicate.
    pub test: Predicate,
    /// Whether the predicate must not hold.
    pub is_negated: bool,
}

/// A predicate on the value of a property.
#[derive(Clone, Debug)]
pub enum Predicate {
    /// The property exists.
    Exists,
    /// The value equals one of these.
    In(Vec<Operand>),
    /// The text of the value contains this.
    Contains(String),
    /// The text of the value starts with this.
    StartsWith(String),
    /// The text of the value ends with this.
    EndsWith(String),
    /// The value is a number that compares so to this one, given as decimal text.
    Compares(Comparison, String),
}

/// A comparison of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A string.
    Text(String),
    /// A number, as decimal text.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
}

/// The operand that an operator takes.
#[derive(Clone, Copy)]
enum OperandKind {
    None,
    Scalar,
    Scalars,
    Text(fn(String) -> Predicate),
    Number(Comparison),
}

/// The operators: name, operand, and whether the predicate is negated.
const OPERATORS: [(&str, OperandKind, bool); 14] = [
    ("is", OperandKind::Scalar, false),
    ("is not", OperandKind::Scalar, true),
    ("contains", OperandKind::Text(Predicate::Contains), false),
    (
        "does not contain",
        OperandKind::Text(Predicate::Contains),
        true,
    ),
    ("exists", OperandKind::None, false),
    ("does not exist", OperandKind::None, true),
    (
        "starts with",
        OperandKind::Text(Predicate::StartsWith),
        false,
    ),
    ("ends with", OperandKind::Text(Predicate::EndsWith), false),
    (
        "greater than",
        OperandKind::Number(Comparison::Greater),
        false,
    ),
    (
        "greater or equal",
        OperandKind::Number(Comparison::GreaterOrEqual),
        false,
    ),
    ("less than", OperandKind::Number(Comparison::Less), false),
    (
        "less or equal",
        OperandKind::Number(Comparison::LessOrEqual),
        false,
    ),
    ("in", OperandKind::Scalars, false),
    ("not in", OperandKind::Scalars, true),
];

/// Reads a list of blocks; `None` if it is absent or faulty.
pub(super) fn read(
    faults: &mut Faults,
    setting: &Setting<'_, '_>,
    may_be_empty: bool,
) -> Option<Vec<Block>> {
    let elements = faults.list(setting, may_be_empty)?;
    let blocks = elements
        .iter()
        .filter_map(|element| read_block(faults, element));
    Some(blocks.collect())
}

fn read_block(faults: &mut Faults, setting: &Setting<'_, '_>) -> Option<Block> {
    faults.object(setting, &["names", "where"])?;
    if setting.value.into_iter().flat_map(Value::members).count() == 0 {
        faults.add(setting, "empty", "needs `names` or `where`");
    }
    let names = faults.list(&setting.member("names"), false).map(|names| {
        let patterns = names.iter().filter_map(|name| {
            let text = faults.string(name, "", &|_| true)?;
            Some(Pattern::of(&text))
        });
        patterns.collect()
    });
    let rows = setting.member("where");
    let rows = faults.list(&rows, false).unwrap_or_default();
    Some(Block {
        names,
        rows: rows
            .iter()
            .filter_map(|row| read_condition(faults, row))
            .collect(),
    })
}

fn read_condition(faults: &mut Faults, setting: &Setting<'_, '_>) -> Option<Condition> {
    faults.object(setting, &["property", "is", "value"])?;
    for key in ["property", "is"] {
        let required = setting.member(key);
        if required.is_absent() {
            faults.add_missing(&required);
        }
    }
    let property = faults.path(&setting.member("property"));
    let choices = OPERATORS.map(|(name, kind, is_negated)| (name, Some((kind, is_negated))));
    let (kind, is_negated) = faults.choice(&setting.member("is"), &choices, None)?;
    let value = setting.member("value");
    if matches!(kind, OperandKind::Scalar) && is_none_marker(&value) {
        return Some(Condition {
            property: property?,
            test: Predicate::Exists,
            is_negated: !is_negated,
        });
    }
    let test = read_predicate(faults, &value, kind)?;
    Some(Condition {
        property: property?,
        test,
        is_negated,
    })
}

/// Reports whether a value is `(none)`, by which Amplitude means a missing property.
fn is_none_marker(setting: &Setting<'_, '_>) -> bool {
    matches!(setting.value, Some(Value::String(text)) if text.is("(none)"))
}

fn read_predicate(
    faults: &mut Faults,
    setting: &Setting<'_, '_>,
    kind: OperandKind,
) -> Option<Predicate> {
    match (kind, setting.is_absent()) {
        (OperandKind::None, true) => Some(Predicate::Exists),
        (OperandKind::None, false) => {
            faults.add(setting, "invalid", "is not allowed with this operator");
            Some(Predicate::Exists)
        }
        (_, true) => {
            faults.add_missing(setting);
            None
        }
        (OperandKind::Scalar, false) => {
            let operand = read_operand(faults, setting)?;
            Some(Predicate::In(alloc::vec![operand]))
        }
        (OperandKind::Scalars, false) => {
            let elements = faults.some(setting, "must have at least one value")?;
            let operands = elements
                .iter()
                .filter_map(|element| read_operand(faults, element));
            Some(Predicate::In(operands.collect()))
        }
        (OperandKind::Text(predicate), false) => faults
            .string(setting, "", &|_| true)
            .map(|text| predicate(text.into_owned())),
        (OperandKind::Number(comparison), false) => {
            read_number(faults, setting).map(|number| Predicate::Compares(comparison, number))
        }
    }
}

fn read_operand(faults: &mut Faults, setting: &Setting<'_, '_>) -> Option<Operand> {
    match setting.value? {
        Value::String(text) => Some(Operand::Text(text.decode().into_owned())),
        Value::Number(number) => Some(Operand::Number(number.to_string())),
        Value::Bool(word) => Some(Operand::Bool(word == "true")),
        _ => faults.wrong_type(
            setting,
            "must be a string, a number, true or false; \
             use `does not exist` for a missing property",
        ),
    }
}

/// Reads a number, or a string that holds one.
fn read_number(faults: &mut Faults, setting: &Setting<'_, '_>) -> Option<String> {
    match setting.value? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if Decimal::parse(&text.decode()).is_some() => {
            Some(text.decode().trim().to_string())
        }
        _ => faults.wrong_type(setting, "must be a number"),
    }
}

impl Condition {
    /// The names of all operators, as the settings write them under `is`.
    pub const OPERATORS: [&'static str; OPERATORS.len()] = {
        let mut names = [""; OPERATORS.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = OPERATORS[at].0;
            at += 1;
        }
        names
    };
}
