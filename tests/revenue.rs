//! A price times a quantity is the exact decimal product (Amplitude, Track revenue).
//!
//! The expectation is computed with 128-bit integers, not with the core's code.

mod support;

use proptest::prelude::*;
use support::generate::config;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_product_is_exact(price in -999_999_999_i64..1_000_000_000, places in 0_usize..5, quantity in -9_999_i64..10_000, spelling in 0..3) {
        let spelled = decimal(i128::from(price), places);
        let price_json = match spelling {
            0 => spelled,
            1 => format!("\" {spelled} \""),
            _ => format!("{price}e-{places}"),
        };
        let event = format!(
            r#"{{"event_type":"revenue_amount","platform":"Android","ip_address":"203.0.113.7","user_properties":{{"kochava_device_id":"KD-1"}},
            "event_properties":{{"$price":{price_json},"$quantity":{quantity},"$currency":"USD"}}}}"#
        );
        let body = &support::ready(support::SETTINGS, &event).requests[0].body;
        let sum = decimal(i128::from(price) * i128::from(quantity), places);
        // PHP writes four zeros behind the dot with an exponent (`precision` 17)
        let is_plain = !sum.trim_start_matches('-').starts_with("0.0000");
        prop_assert!(!is_plain || body.contains(&format!("\"event_data\":{{\"sum\":{sum}}}")), "{} in {}", sum, body);
    }
}

/// `digits` × 10^-`places` without needless zeros.
fn decimal(digits: i128, places: usize) -> String {
    let sign = if digits < 0 { "-" } else { "" };
    let padded = format!("{:0>width$}", digits.unsigned_abs(), width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{dot}{fraction}")
}
