//! The preset of standard events: each sender's documented names and keys, and what Kochava calls them.
//!
//! In: nothing; these are tables. Out: for a name or a property key of a sender's, Kochava's standard
//! event or raw key, spelled as Kochava spells it (Kochava Measurement SDKs, standard events and
//! parameters).

use super::Event;

/// A name or key of a sender's, and Kochava's. The name may hold only where another member of the
/// element has a value.
#[derive(Debug)]
pub struct StandardName {
    /// The sender's.
    pub from: &'static str,
    /// Kochava's.
    pub to: &'static str,
    /// A member and the value that it must have.
    pub only_where: Option<(&'static str, &'static str)>,
}

const fn row(from: &'static str, to: &'static str) -> StandardName {
    StandardName {
        from,
        to,
        only_where: None,
    }
}

/// Segment, Spec: V2 E-commerce events, Mobile events, B2B SaaS events; RudderStack has the same.
pub(super) const SEGMENT_EVENTS: &[StandardName] = &[
    row("Order Completed", "Purchase"),
    row("Product Added", "Add to Cart"),
    row("Product Added to Wishlist", "Add to Wish List"),
    row("Checkout Started", "Checkout Start"),
    row("Products Searched", "Search"),
    row("Product Viewed", "View"),
    row("Product Reviewed", "Rating"),
    row("Signed Up", "Registration Complete"),
    row("Trial Started", "Start Trial"),
    row("Push Notification Received", "Push Received"),
    row("Push Notification Tapped", "Push Opened"),
    row("Deep Link Opened", "_Deeplink"),
];

/// Segment, Spec: V2 E-commerce events, properties; Mobile events, Deep Link Opened.
pub(super) const SEGMENT_KEYS: &[StandardName] = &[
    row("product_id", "content_id"),
    row("query", "search_term"),
    row("rating", "rating_value"),
    StandardName {
        from: "url",
        to: "uri",
        only_where: Some(("event", "Deep Link Opened")),
    },
];

/// Amplitude, Track revenue: the event of the SDKs' revenue call; Amplitude, SDKs: Deep links.
pub(super) const AMPLITUDE_EVENTS: &[StandardName] = &[
    row("revenue_amount", "Purchase"),
    row("[Amplitude] Deep Link Opened", "_Deeplink"),
];

/// Amplitude, Track revenue: the properties of a revenue event; Amplitude, SDKs: Deep links.
pub(super) const AMPLITUDE_KEYS: &[StandardName] = &[
    row("$productId", "content_id"),
    row("$price", "price"),
    row("$quantity", "quantity"),
    row("[Amplitude] Link URL", "uri"),
    row("[Amplitude] Link Referrer", "referral_from"),
];

/// mParticle, JSON reference: the actions of a commerce event.
pub(super) const MPARTICLE_EVENTS: &[StandardName] = &[
    row("purchase", "Purchase"),
    row("add_to_cart", "Add to Cart"),
    row("add_to_wishlist", "Add to Wish List"),
    row("checkout", "Checkout Start"),
    row("view_detail", "View"),
];

/// mParticle, JSON reference: fields of a commerce event, and what its SDKs add to the attributes.
pub(super) const MPARTICLE_KEYS: &[StandardName] = &[
    row("Transaction Id", "order_id"),
    row("product_action.transaction_id", "order_id"),
    row("currency_code", "currency"),
];

/// RevenueCat, Event types and fields: the first purchase of a subscription, or of a trial, and a
/// purchase that does not renew. Renewals are no new subscriptions.
pub(super) const REVENUECAT_EVENTS: &[StandardName] = &[
    StandardName {
        from: "INITIAL_PURCHASE",
        to: "Start Trial",
        only_where: Some(("period_type", "TRIAL")),
    },
    row("INITIAL_PURCHASE", "Subscribe"),
    row("NON_RENEWING_PURCHASE", "Purchase"),
];

/// RevenueCat, Event types and fields: the common fields.
pub(super) const REVENUECAT_KEYS: &[StandardName] = &[
    row("product_id", "content_id"),
    row("transaction_id", "order_id"),
];

impl StandardName {
    /// Whether this row is for a name of the event, in any case of its letters.
    #[must_use]
    pub fn is_for(&self, name: &str, event: &Event<'_>) -> bool {
        self.from.eq_ignore_ascii_case(name)
            && self.only_where.is_none_or(|(key, wanted)| {
                event
                    .root
                    .get(key)
                    .is_some_and(|value| value.is_text(wanted))
            })
    }
}
