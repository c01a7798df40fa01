//! How are blocks and rows of a filter written down?
//!
//! Blocks are alternatives, the rows of a block all hold (Amplitude, Event streaming overview,
//! "Select and filter events").

use super::walk::{Faults, SettingPlace};
use super::{Block, Comparison, Condition, Operand, Pattern, Predicate};
use crate::json::{Decimal, Value};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Reads a list of blocks; `None` where there is none.
pub(super) fn read(
    faults: &mut Faults,
    place: &SettingPlace<'_>,
    may_be_empty: bool,
) -> Option<Vec<Block>> {
    let elements = faults.array(place, may_be_empty)?;
    Some(
        elements
            .iter()
            .filter_map(|element| block(faults, element))
            .collect(),
    )
}

fn block(faults: &mut Faults, place: &SettingPlace<'_>) -> Option<Block> {
    faults.object(place, &["names", "where"])?;
    if place.value.into_iter().flat_map(Value::members).count() == 0 {
        faults.tell(place, "empty", "needs `names` or `where`");
    }
    let names = faults.array(&place.member("names"), false).map(|names| {
        let text = |place: &SettingPlace<'_>| {
            faults
                .text(place, "", |_| true)
                .map(|text| Pattern::of(&text))
        };
        names.iter().filter_map(text).collect()
    });
    let rows = faults
        .array(&place.member("where"), false)
        .unwrap_or_default();
    Some(Block {
        names,
        rows: rows.iter().filter_map(|place| row(faults, place)).collect(),
    })
}

fn row(faults: &mut Faults, place: &SettingPlace<'_>) -> Option<Condition> {
    faults.object(place, &["property", "is", "value"])?;
    for required in ["property", "is"] {
        if place.member(required).is_absent() {
            faults.missing(&place.member(required));
        }
    }
    let property = faults.path(&place.member("property"));
    let names: Vec<_> = OPERATORS
        .iter()
        .map(|&(name, want, is_negated)| (name, Some((want, is_negated))))
        .collect();
    let (want, is_negated) = faults.choice(&place.member("is"), &names, None)?;
    let value = place.member("value");
    // Amplitude's own word for a property that is not there
    if matches!((want, value.value), (Want::Scalar, Some(Value::String(text))) if text.is("(none)"))
    {
        return Some(Condition {
            property: property?,
            test: Predicate::Exists,
            is_negated: !is_negated,
        });
    }
    let test = test(faults, &value, want)?;
    Some(Condition {
        property: property?,
        test,
        is_negated,
    })
}

/// What an operator wants to be compared with.
#[derive(Clone, Copy)]
enum Want {
    Nothing,
    Scalar,
    Scalars,
    Text(fn(String) -> Predicate),
    Number(Comparison),
}

const OPERATORS: [(&str, Want, bool); 14] = [
    ("is", Want::Scalar, false),
    ("is not", Want::Scalar, true),
    ("contains", Want::Text(Predicate::Contains), false),
    ("does not contain", Want::Text(Predicate::Contains), true),
    ("exists", Want::Nothing, false),
    ("does not exist", Want::Nothing, true),
    ("starts with", Want::Text(Predicate::StartsWith), false),
    ("ends with", Want::Text(Predicate::EndsWith), false),
    ("greater than", Want::Number(Comparison::Greater), false),
    (
        "greater or equal",
        Want::Number(Comparison::GreaterOrEqual),
        false,
    ),
    ("less than", Want::Number(Comparison::Less), false),
    (
        "less or equal",
        Want::Number(Comparison::LessOrEqual),
        false,
    ),
    ("in", Want::Scalars, false),
    ("not in", Want::Scalars, true),
];

fn test(faults: &mut Faults, place: &SettingPlace<'_>, want: Want) -> Option<Predicate> {
    if let Want::Nothing = want {
        if !place.is_absent() {
            faults.tell(place, "invalid", "has no meaning with this operator");
        }
        return Some(Predicate::Exists);
    }
    if place.is_absent() {
        faults.missing(place);
        return None;
    }
    match want {
        Want::Nothing => Some(Predicate::Exists),
        Want::Scalar => Some(Predicate::In(alloc::vec![operand(faults, place)?])),
        Want::Scalars => Some(Predicate::In(
            faults
                .array(place, false)?
                .iter()
                .filter_map(|place| operand(faults, place))
                .collect(),
        )),
        Want::Text(test) => faults
            .text(place, "", |_| true)
            .map(|text| test(text.to_string())),
        Want::Number(comparison) => Some(Predicate::Compares(comparison, number(faults, place)?)),
    }
}

fn operand(faults: &mut Faults, place: &SettingPlace<'_>) -> Option<Operand> {
    match place.value? {
        Value::String(text) => Some(Operand::Text(text.decode().into_owned())),
        Value::Number(number) => Some(Operand::Number(number.to_string())),
        Value::Bool(word) => Some(Operand::Bool(word == "true")),
        _ => faults.wrong_type(
            place,
            "must be a text, a number, true or false; for a missing property say `does not exist`",
        ),
    }
}

fn number(faults: &mut Faults, place: &SettingPlace<'_>) -> Option<String> {
    match place.value? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if Decimal::parse(&text.decode()).is_some() => {
            Some(text.decode().trim().to_string())
        }
        _ => faults.wrong_type(place, "must be a number"),
    }
}
