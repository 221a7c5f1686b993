//! The only code that names an AWS SDK.
//!
//! [`session`] opens the way, [`SERVICES`] says what is watched, [`poll`]
//! watches it, and [`perform`] sends what was approved and recorded.

mod accelerator;
mod access;
mod arc;
mod audit;
mod autoscaling;
pub mod backoff;
mod backup;
mod budget;
#[cfg(test)]
mod canned;
mod cloudformation;
mod cloudfront;
mod cloudtrail;
mod cloudwatch;
mod config;
mod credentials;
mod deeds;
mod dynamodb;
mod ebs;
mod ec2;
mod ecs;
mod efs;
mod events;
mod failure;
mod fsx;
mod guard;
mod guards;
mod health;
mod held;
mod images;
mod intern;
pub mod judged;
mod kms;
mod lambda;
mod mfa;
pub mod modeled;
mod network;
mod organizations;
pub mod origins;
mod pages;
pub mod perform;
mod plans;
pub mod poll;
#[cfg(test)]
mod printed;
mod proofs;
mod rds;
mod reach;
mod reader;
pub mod record;
mod region_switch;
pub mod rehearse;
mod replication;
mod route53;
mod s3;
mod services;
pub mod session;
pub mod skew;
mod sqs;
mod states;
mod sts;
pub mod switchboards;
mod tagging;
mod things;
pub mod trust;

use std::future::Future;
use std::pin::Pin;

use aws_smithy_types::DateTime;
use jiff::Timestamp;

use self::pages::{joined, untold};
pub use self::reader::Reader;
pub use self::services::{SERVICES, Scope, Service, needs, service, sources};
use crate::estate::Found;
use crate::estate::part::Part;
use crate::failure::Failure;

/// What a look found, and why a list in it is not whole.
#[derive(Debug)]
pub struct Seen {
    /// What was found.
    pub found: Found,
    /// Why it is not all there is.
    pub partial: Option<String>,
}

impl Seen {
    fn whole(found: Found) -> Self {
        Seen { found, partial: None }
    }

    /// Parts of one kind, and why they are not all. One that was not told
    /// whole counts like one that is missing.
    fn parts<T: Into<Part>>(parts: Vec<T>, partial: Option<String>) -> Self {
        let parts: Vec<Part> = parts.into_iter().map(Into::into).collect();
        let untold = untold(parts.iter().map(Part::told));
        let reasons: Vec<_> = partial.into_iter().chain(untold).collect();
        Seen { found: Found::Parts(parts.into()), partial: joined(&reasons) }
    }
}

/// How a look ends.
pub type Look = Result<Seen, Failure>;

/// A look under way.
pub type Looking<'a> = Pin<Box<dyn Future<Output = Look> + Send + 'a>>;

/// The moment an answer of AWS tells.
fn moment(told: Option<DateTime>) -> Option<Timestamp> {
    let told = told?;
    let nanos = i32::try_from(told.subsec_nanos()).ok()?;
    Timestamp::new(told.secs(), nanos).ok()
}
