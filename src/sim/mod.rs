//! An AWS in this process, below the SDK.

pub mod backup;
pub mod cloudwatch;
pub mod rds;
pub mod route53;
pub mod sts;
pub mod world;

use self::world::Service;

/// Every simulated service.
pub const SERVICES: &[&Service] = &[
    &backup::SERVICE,
    &cloudwatch::SERVICE,
    &rds::SERVICE,
    &route53::SERVICE,
    &sts::SERVICE,
];
