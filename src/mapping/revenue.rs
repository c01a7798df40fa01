//! Reads the revenue of an event.
//!
//! In: an event and its properties. Out: the amount, from the first of: the paths of revenue; price
//! times quantity; a selected property named `sum`. An amount that cannot be read is part of the
//! result, so that the event is refused and not sent without its revenue.

use super::{EVENT_DATA, FieldReader, Scratch, read};
use crate::json::{Decimal, Text, spells_php_number, write_product};
use crate::kochava::{DataEntry, Resolved, Rule};
use crate::source::Path;
use alloc::borrow::Cow;
use alloc::vec::Vec;

type Amount<'a> = Resolved<'a, Cow<'a, str>>;

/// The amount of an event, negative where it was paid back; the second value is true where it is in
/// US dollars.
pub(super) fn amount<'a>(
    reader: &mut FieldReader<'_, 'a, '_>,
    scratch: &mut Scratch<'a>,
) -> (Amount<'a>, bool) {
    let event = reader.event;
    let (amount, is_in_dollars) = given(reader, scratch);
    let is_refund = |name: Text<'_>| {
        event
            .schema
            .revenue
            .refunds
            .iter()
            .any(|refund| name.is(refund))
    };
    let amount = match amount {
        Resolved::Value(paid, path)
            if event.name.is_some_and(is_refund) && Decimal::of(&paid) > Decimal::of("0") =>
        {
            product(paid, "-1", path, scratch)
        }
        amount => amount,
    };
    (amount, is_in_dollars)
}

/// The amount at the paths of revenue; otherwise the one in US dollars, in which case the second
/// value is true; otherwise the price times the quantity, which is 1 where it is missing (Amplitude,
/// Track revenue).
fn given<'a>(
    reader: &mut FieldReader<'_, 'a, '_>,
    scratch: &mut Scratch<'a>,
) -> (Amount<'a>, bool) {
    let paths = reader.paths;
    let mut find =
        |paths: &'a [Path]| reader.first_usable(EVENT_DATA.of("sum"), paths, read::amount);
    let given = find(&paths.revenue);
    if !matches!(given, Resolved::Missing(_)) {
        return (given, false);
    }
    if !paths.dollars.is_empty() {
        let dollars = find(&paths.dollars);
        if !matches!(dollars, Resolved::Missing(_)) {
            return (dollars, true);
        }
    }
    if paths.price.is_empty() {
        return (given, false);
    }
    let (price, path) = match find(&paths.price) {
        Resolved::Value(price, path) => (price, path),
        Resolved::Missing(_) => return (given, false),
        unusable @ Resolved::Unusable(..) => return (unusable, false),
    };
    let amount = match find(&paths.quantity) {
        Resolved::Missing(_) => Resolved::Value(price, path),
        Resolved::Value(quantity, _) => product(price, &quantity, path, scratch),
        unusable @ Resolved::Unusable(..) => unusable,
    };
    (amount, false)
}

/// The product, in the pool's text.
fn product<'a>(
    price: Cow<'a, str>,
    quantity: &str,
    path: &'a str,
    scratch: &mut Scratch<'a>,
) -> Amount<'a> {
    if Decimal::of(quantity) == Decimal::of("1") {
        return Resolved::Value(price, path);
    }
    let mut product = core::mem::take(&mut scratch.lists.amount);
    if write_product(&mut product, &price, quantity) && spells_php_number(&product) {
        Resolved::Value(Cow::Owned(product), path)
    } else {
        Resolved::Unusable(Rule::RevenueUnreadable, path)
    }
}

/// Takes the property `sum` out of the selected ones: to Kochava it is the revenue (Post-Install
/// Event Examples), so that it is sent as one, a number with its currency beside it.
pub(super) fn take_sum<'a>(data: &mut Vec<DataEntry<'a>>) -> Option<Amount<'a>> {
    let at = data.iter().position(|entry| entry.key == "sum")?;
    let read::Reading::Value(amount) = read::amount(&data[at].value) else {
        return None;
    };
    data.remove(at);
    Some(Resolved::Value(amount, "sum"))
}
