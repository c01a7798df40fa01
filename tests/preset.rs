//! The preset of standard events: every name that it gives is one of Kochava's, letter by letter.

use kochava_edge::Source;
use std::collections::BTreeSet;

/// Kochava Measurement for Flutter, the standard events.
const EVENTS: &str = "Achievement|Add to Cart|Add to Wish List|Checkout Start|Level Complete|Purchase|Rating|Registration Complete|Search|Tutorial Complete|View|Ad View|Ad Click|Push Received|Push Opened|Consent Granted|_Deeplink|Start Trial|Subscribe";

/// The same, and Kochava, Post-Install Event Examples: the raw keys.
const KEYS: &str = "user_id|user_name|name|description|content_id|content_type|order_id|receipt_id|quantity|price|sum|currency|checkout_as_guest|referral_from|item_added_from|registration_method|search_term|results|rating_value|max_rating_value|level|score|duration|success|validated|completed|background|action|date|start_date|end_date|destination|origin|uri|payload|spatial_x|spatial_y|spatial_z|ad_type|ad_network_name|placement|ad_mediation_name|ad_campaign_id|ad_campaign_name|ad_group_id|ad_group_name|ad_size|device_type";

#[test]
fn every_name_is_spelled_as_kochava_spells_it() {
    for source in Source::ALL {
        let schema = source.schema();
        for (rows, known) in [
            (schema.standard_events, EVENTS),
            (schema.standard_keys, KEYS),
        ] {
            let strangers: Vec<_> = rows
                .iter()
                .map(|row| row.to)
                .filter(|to| known.split('|').all(|name| name != *to))
                .collect();
            assert!(strangers.is_empty(), "{}: {strangers:?}", source.name());
        }
    }
}

#[test]
fn no_row_is_hidden_by_an_earlier_one() {
    for source in Source::ALL {
        let schema = source.schema();
        for rows in [schema.standard_events, schema.standard_keys] {
            let mut seen = BTreeSet::new();
            for row in rows {
                let name = row.from.to_ascii_lowercase();
                assert!(!seen.contains(&name), "{}: {name}", source.name());
                if row.only_where.is_none() {
                    seen.insert(name);
                }
            }
        }
    }
}
