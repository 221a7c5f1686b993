//! `rds.instance-available`: an RDS instance is available, as a check.

use super::seen::{instance, instance_source, is_named, moment};
use super::{
    Answers, Fields, Missing, Scene, Settled, Step, StepType, Text, Values,
};
use crate::estate::Source;

pub(super) const TYPE: StepType = StepType {
    name: "rds.instance-available",
    doc: "Holds until an RDS instance has the status `available` and, with \
          `replica_of`, still replicates from that instance; with `primary = \
          true` it replicates from none.",
    example: r#"
[[step]]
id = "standby"
kind = "rds.instance-available"
title = "{replica} is available and still a replica"
account = "{account}"
region = "{to}"
instance = "{replica}"
replica_of = "{primary}"
fresh = "3m"
"#,
    outputs: &["host", "port"],
    parse,
};

#[derive(Debug)]
struct InstanceAvailable {
    account: Text,
    region: Text,
    instance: Text,
    replica_of: Option<Text>,
    primary: bool,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let account = fields.needed_text("account");
    let region = fields.needed_text("region");
    let instance = fields.needed_text("instance");
    let replica_of = fields.text("replica_of");
    let primary = fields.flag("primary").unwrap_or(false);
    if primary && replica_of.is_some() {
        let told = "a primary is a replica of nothing";
        fields.wrong(fields.span(), "bad-value", told, "");
    }
    Some(Box::new(InstanceAvailable {
        replica_of,
        primary,
        account: account?,
        region: region?,
        instance: instance?,
    }))
}

impl InstanceAvailable {
    fn source(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        Ok(instance_source(
            &scene.fill(&self.account)?,
            &scene.fill(&self.region)?,
            &scene.fill(&self.instance)?,
        ))
    }
}

impl Step for InstanceAvailable {
    fn texts(&self) -> Vec<&Text> {
        let own = [&self.account, &self.region, &self.instance];
        own.into_iter().chain(&self.replica_of).collect()
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.source(scene).into_iter().collect()
    }

    fn settled(&self, scene: &Scene<'_>, _: &Answers) -> Settled {
        let (source, wanted) = match self.source(scene).and_then(|source| {
            let wanted = self.replica_of.as_ref();
            Ok((source, wanted.map(|text| scene.fill(text)).transpose()?))
        }) {
            Ok(told) => told,
            Err(missing) => return Settled::from(missing),
        };
        let (found, seen) = match instance(scene, &source, scene.since) {
            Ok(told) => told,
            Err(why) => return Settled::CannotTell { why },
        };
        let Some(found) = found else {
            return Settled::NotDone { why: format!("{source}: none") };
        };
        if found.status != "available" {
            let why = format!("{} is {}", found.id, found.status);
            return Settled::NotDone { why };
        }
        let of = found.replica_of.as_deref();
        if let Some(wanted) = wanted
            && !of.is_some_and(|of| is_named(of, &wanted))
        {
            let of = of.unwrap_or("nothing");
            let why = format!("{} replicates from {of}", found.id);
            return Settled::NotDone { why };
        }
        if self.primary
            && let Some(of) = of
        {
            let why = format!("{} still replicates from {of}", found.id);
            return Settled::NotDone { why };
        }
        let mut outputs = Values::new();
        if let Some((host, port)) = &found.endpoint {
            outputs.insert("host".into(), host.clone());
            outputs.insert("port".into(), port.to_string());
        }
        let at = moment(seen.at);
        let evidence = vec![format!("{} is available at {at}", found.id)];
        Settled::Done { outputs, evidence }
    }
}
