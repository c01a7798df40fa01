//! How often an SDK may send: limits for each key and each device.
//!
//! The keys of SDKs are public, so that anybody can send with them. Both limits are bindings of the
//! platform, which counts in each of its locations (Cloudflare, Workers, Rate Limiting); where one
//! is not bound there is no such limit. A request counts once for its key, and once for each device
//! that it has events of.

use crate::limits::DEVICES_LIMITED_MAX;
use js_sys::{Object, Promise, Reflect};
use kochava_edge::{Arrival, Digest};
use wasm_bindgen::prelude::*;
use worker::Env;
use worker::wasm_bindgen_futures::JsFuture;

/// The binding that limits each key.
pub(crate) const KEY_RATE: &str = "SDK_KEY_RATE";

/// The binding that limits each device.
pub(crate) const DEVICE_RATE: &str = "SDK_DEVICE_RATE";

/// The limits for a request with this key.
pub(crate) struct Rates<'r> {
    pub(crate) env: &'r Env,
    pub(crate) key: &'r str,
}

#[wasm_bindgen]
extern "C" {
    // the crate's converts its argument and its answer with serde, in 3 KB of code
    type RateLimiter;

    #[wasm_bindgen(method, catch)]
    fn limit(this: &RateLimiter, options: &Object) -> Result<Promise, JsValue>;
}

impl Rates<'_> {
    /// Counts a request; returns the indices of the events that come too fast, in order.
    pub(crate) async fn throttled(&self, arrivals: &[Arrival]) -> Vec<usize> {
        if self.is_exceeded(KEY_RATE, self.key).await {
            return (0..arrivals.len()).collect();
        }
        let mut devices: Vec<Digest> = Vec::new();
        for device in arrivals.iter().filter_map(|arrival| arrival.ordering_key) {
            if !devices.contains(&device) {
                devices.push(device);
            }
            // so many devices are those of a server
            if devices.len() > DEVICES_LIMITED_MAX {
                return Vec::new();
            }
        }
        let mut throttled = Vec::new();
        for device in devices {
            if self.is_exceeded(DEVICE_RATE, &device.to_hex()).await {
                throttled.push(device);
            }
        }
        let is_throttled = |arrival: &Arrival| {
            let device = arrival.ordering_key;
            device.is_some_and(|device| throttled.contains(&device))
        };
        let indices = (0..).zip(arrivals);
        indices
            .filter_map(|(index, arrival)| is_throttled(arrival).then_some(index))
            .collect()
    }

    /// Counts a request for a key or a device. Without the binding, and where it fails, there is no
    /// limit: it protects from abuse, and must not lose an event.
    async fn is_exceeded(&self, binding: &str, counted: &str) -> bool {
        let outcome = async {
            let limiter = Reflect::get(self.env, &binding.into())?;
            if limiter.is_undefined() {
                return Ok(JsValue::TRUE);
            }
            let options = Object::new();
            Reflect::set(&options, &"key".into(), &counted.into())?;
            let limiter: RateLimiter = limiter.unchecked_into();
            let outcome = JsFuture::from(limiter.limit(&options)?).await?;
            Reflect::get(&outcome, &"success".into())
        };
        outcome
            .await
            .is_ok_and(|success: JsValue| success.is_falsy())
    }
}
