//! What examples of kinds that move traffic name.

use crate::estate::part::edge::{
    AcceleratedEndpoint, Accelerator, EndpointGroup,
};
use crate::estate::part::{Kind, Part};
use crate::estate::{Estate, Found, What};
use crate::runbook::call::ACCELERATOR_HOME;

/// Takes in what the looks at it found.
pub(super) fn see(estate: &mut Estate) {
    for (region, what, found) in [(
        ACCELERATOR_HOME,
        What::Parts(Kind::Accelerator),
        Found::Parts([Part::from(accelerator())].into()),
    )] {
        super::see(estate, region, what, found, 0);
    }
}

/// An accelerator with a group in each Region, both taking traffic.
pub(in crate::runbook::steps) fn accelerator() -> Accelerator {
    let group = |region: &str| EndpointGroup {
        arn: format!("arn:group:{region}"),
        ports: "443".into(),
        region: region.into(),
        dial: Some(100.0),
        endpoints: vec![AcceleratedEndpoint {
            id: format!("arn:balancer:{region}"),
            weight: Some(128),
            health: Some("HEALTHY".into()),
            reason: None,
        }],
    };
    Accelerator {
        arn: "arn:accelerator".into(),
        name: "learn-live".into(),
        dns: "a5d1c0ffee.awsglobalaccelerator.com".into(),
        enabled: Some(true),
        status: "DEPLOYED".into(),
        groups: Some(["eu-west-1", "eu-central-1"].map(group).into()),
        unknown: Vec::new(),
    }
}
