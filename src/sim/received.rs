//! What the simulated AWS was asked, and what of it was carried out.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::hex;

/// How many requests are kept.
const KEPT: usize = 20_000;

/// A request to a simulated service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Received {
    /// The service's signing name.
    pub service: String,
    /// The operation; `?` when the request does not say.
    pub operation: String,
    /// The account it is for.
    pub account: String,
    /// Who signed it, as an ARN.
    pub principal: String,
    /// The Region it is signed for.
    pub region: String,
    /// The id in the answer.
    pub request_id: String,
    /// When it came.
    pub at: Timestamp,
    /// The input, by its official member names.
    pub input: Value,
    /// False when it came to a Region that is dark or silent: AWS would know
    /// nothing of it.
    pub reached: bool,
    /// True when it was carried out, whether its answer was lost or not.
    pub applied: bool,
    /// True when it was refused because too much was asked.
    pub throttled: bool,
}

/// The latest requests, and how often each operation was carried out.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    kept: VecDeque<Received>,
    applied: BTreeMap<String, usize>,
    ids: u64,
}

impl Log {
    /// An id for the next request, in the form of a UUID.
    pub(super) fn next_id(&mut self) -> String {
        self.ids += 1;
        let h = hex(&format!("request-{}", self.ids));
        let (a, b, c) = (&h[..8], &h[8..12], &h[13..16]);
        format!("{a}-{b}-4{c}-a{}-{}", &h[17..20], &h[20..32])
    }

    pub(super) fn push(&mut self, received: Received) {
        if received.applied {
            let count = self.applied.entry(received.operation.clone());
            *count.or_default() += 1;
        }
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(received);
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.kept.iter().cloned().collect()
    }

    pub(super) fn applied(&self, operation: &str) -> usize {
        self.applied.get(operation).copied().unwrap_or_default()
    }

    pub(super) fn applications(&self) -> BTreeMap<String, usize> {
        self.applied.clone()
    }
}
