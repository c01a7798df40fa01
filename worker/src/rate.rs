//! How often an SDK may send: limits for each key and each device.
//!
//! The keys of SDKs are public, so that anybody can send with them. Both limits are bindings of the
//! platform, which counts in each of its locations (Cloudflare, Workers, Rate Limiting); where one
//! is not bound there is no such limit. A request counts once for its key, and once for each device
//! that it has events of.

use crate::limits::DEVICES_LIMITED_MAX;
use futures_util::future::join_all;
use kochava_edge::Arrival;
use std::collections::BTreeMap;
use worker::Env;

/// The binding that limits each key.
pub(crate) const KEY_RATE: &str = "SDK_KEY_RATE";

/// The binding that limits each device.
pub(crate) const DEVICE_RATE: &str = "SDK_DEVICE_RATE";

/// The limits for a request with this key.
pub(crate) struct Rates<'r> {
    pub(crate) env: &'r Env,
    pub(crate) key: &'r str,
}

impl Rates<'_> {
    /// Counts a request; returns the indices of the events that come too fast.
    pub(crate) async fn throttled(&self, arrivals: &[Arrival]) -> Vec<usize> {
        if self.is_exceeded(KEY_RATE, self.key.to_owned()).await {
            return (0..arrivals.len()).collect();
        }
        let mut devices: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, arrival) in arrivals.iter().enumerate() {
            if let Some(device) = arrival.ordering_key {
                devices.entry(device.to_hex()).or_default().push(index);
            }
        }
        // so many devices are those of a server
        if devices.len() > DEVICES_LIMITED_MAX {
            return Vec::new();
        }
        let exceeded = devices.into_iter().map(async |(device, indices)| {
            let is_exceeded = self.is_exceeded(DEVICE_RATE, device).await;
            if is_exceeded { indices } else { Vec::new() }
        });
        let mut throttled = join_all(exceeded).await.concat();
        throttled.sort_unstable();
        throttled
    }

    /// Counts a request for a key or a device. Without the binding, and where it fails, there is no
    /// limit: it protects from abuse, and must not lose an event.
    async fn is_exceeded(&self, binding: &str, counted: String) -> bool {
        let Ok(limiter) = self.env.rate_limiter(binding) else {
            return false;
        };
        limiter
            .limit(counted)
            .await
            .is_ok_and(|outcome| !outcome.success)
    }
}
