//! `rds.modify-instance`: what an RDS instance is set to.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::place::Place;
use super::seen::{the_thing, word};
use super::setting::{Field, Sets, Setting, Thing};
use super::{
    Blocked, Call, Fields, Level, Missing, Scene, Step, StepType, Text,
};
use crate::estate::{Found, Source, thing};
use crate::runbook::call::rds;

pub(super) const TYPE: StepType = StepType {
    name: "rds.modify-instance",
    doc: "Sets whether an RDS instance has a standby in another zone, \
          whether it is protected against deletion, how many days its \
          automated backups are kept, its parameter group and its security \
          groups: at once, not in its maintenance window. Done when RDS \
          tells the new values, none of them is pending any more and the \
          instance is available. The plan tells the values before. Days \
          are never made fewer: RDS would delete the backups that reach \
          back farther. \
          Another parameter group works after `rds.reboot-instance`.",
    example: r#"
[[step]]
id = "protect"
kind = "rds.modify-instance"
title = "Give {replica} a second zone and protect it"
account = "{account}"
region = "{to}"
instance = "{replica}"
multi_az = true
deletion_protection = true
backup_retention_days = 14
expect = "10m"
timeout = "1h"
"#,
    outputs: &[],
    parse,
};

const MULTI_AZ: &str = "multi az";
const PROTECTION: &str = "deletion protection";
const DAYS: &str = "backup retention days";
const PARAMETERS: &str = "parameter group";
const GROUPS: &str = "security groups";

/// What is kept pending, by RDS's member names.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PendingModifiedValues.html
const PENDING: [(&str, &str); 2] =
    [(MULTI_AZ, "MultiAZ"), (DAYS, "BackupRetentionPeriod")];

/// A change that was taken shows as pending within this time.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(2);

#[derive(Debug)]
struct ModifyInstance {
    place: Place,
    instance: Text,
    multi_az: Option<bool>,
    deletion_protection: Option<bool>,
    backup_retention_days: Option<i64>,
    parameter_group: Option<Text>,
    security_groups: Option<Vec<Text>>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let instance = fields.needed_text("instance");
    let multi_az = fields.flag("multi_az");
    let deletion_protection = fields.flag("deletion_protection");
    let backup_retention_days =
        fields.integer("backup_retention_days", 1..=35);
    let parameter_group = fields.text("parameter_group");
    let security_groups = fields.texts("security_groups");
    let sets = multi_az.is_some()
        || deletion_protection.is_some()
        || backup_retention_days.is_some()
        || parameter_group.is_some()
        || security_groups.as_ref().is_some_and(|ids| !ids.is_empty());
    if !sets {
        let told = "it sets nothing: it has none of multi_az, \
                    deletion_protection, backup_retention_days, \
                    parameter_group and security_groups";
        fields.wrong(fields.span(), "missing-key", told, "");
        return None;
    }
    Some(Box::new(Sets(ModifyInstance {
        place: place?,
        instance: instance?,
        multi_az,
        deletion_protection,
        backup_retention_days,
        parameter_group,
        security_groups,
    })))
}

impl ModifyInstance {
    fn groups(
        &self,
        scene: &Scene<'_>,
    ) -> Result<Option<Vec<String>>, Missing> {
        let Some(texts) = &self.security_groups else { return Ok(None) };
        let ids = texts.iter().map(|text| scene.fill(text));
        let mut ids = ids.collect::<Result<Vec<_>, _>>()?;
        ids.sort_unstable();
        ids.dedup();
        Ok(Some(ids))
    }

    fn parameters(
        &self,
        scene: &Scene<'_>,
    ) -> Result<Option<String>, Missing> {
        let text = self.parameter_group.as_ref();
        text.map(|text| scene.fill(text)).transpose()
    }

    fn one<'a>(
        &self,
        scene: &Scene<'_>,
        found: &'a Found,
    ) -> Result<&'a Value, Blocked> {
        let id = scene.fill(&self.instance)?;
        the_thing(found, &format!("instance {id}"))
    }
}

/// What RDS tells of the security groups that are not on their way out.
fn groups(item: &Value) -> impl Iterator<Item = (&str, &str)> {
    let list = item["VpcSecurityGroups"].as_array().into_iter().flatten();
    list.map(|one| (word(one, "VpcSecurityGroupId"), word(one, "Status")))
        .filter(|(_, status)| *status != "removing")
}

/// The values of an instance, as they are or, where RDS keeps another one
/// pending, as they will be.
fn values(item: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut tell = |field, value: &Value| match value {
        Value::Bool(on) => fields.push((field, on.to_string())),
        Value::Number(number) => fields.push((field, number.to_string())),
        Value::String(text) => fields.push((field, text.clone())),
        _ => {}
    };
    for (field, member) in PENDING {
        let pending = &item["PendingModifiedValues"][member];
        let now = &item[member];
        tell(field, if pending.is_null() { now } else { pending });
    }
    tell(PROTECTION, &item["DeletionProtection"]);
    tell(PARAMETERS, &item["DBParameterGroups"][0]["DBParameterGroupName"]);
    if item["VpcSecurityGroups"].is_array() {
        let mut ids: Vec<_> = groups(item).map(|(id, _)| id).collect();
        ids.sort_unstable();
        fields.push((GROUPS, ids.join(" ")));
    }
    fields
}

/// What RDS has not carried out yet of what it was told to set.
fn behind(name: &str, item: &Value) -> Option<String> {
    let status = word(item, "DBInstanceStatus");
    if status != "available" {
        return Some(format!("{name} is {status}"));
    }
    let pending = PENDING
        .iter()
        .find(|(_, member)| !item["PendingModifiedValues"][*member].is_null());
    if let Some((field, _)) = pending {
        return Some(format!("{field} of {name} is pending"));
    }
    let applying =
        item["DBParameterGroups"][0]["ParameterApplyStatus"] == "applying";
    if applying {
        return Some(format!("the parameters of {name} are being applied"));
    }
    let (id, status) = groups(item).find(|(_, told)| *told != "active")?;
    Some(format!("{id} is {status} at {name}"))
}

impl Setting for ModifyInstance {
    fn texts(&self) -> Vec<&Text> {
        let own = self.place.texts().into_iter().chain([&self.instance]);
        let own = own.chain(&self.parameter_group);
        own.chain(self.security_groups.iter().flatten()).collect()
    }

    fn level(&self) -> Level {
        Level::Moderate
    }

    fn calls(&self) -> &'static [&'static str] {
        &[rds::ModifyInstance::ACTION]
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let id = scene.fill(&self.instance)?;
        let what = thing::Thing::DbInstance
            .asked(&json!({ "DBInstanceIdentifier": id }));
        self.place.look(scene, what)
    }

    fn thing(
        &self,
        scene: &Scene<'_>,
        found: &Found,
    ) -> Result<Thing, Blocked> {
        let item = self.one(scene, found)?;
        let name = word(item, "DBInstanceIdentifier").to_owned();
        let status = word(item, "DBInstanceStatus").to_owned();
        Ok(Thing {
            fields: values(item),
            rests_on: vec![("status", status)],
            behind: behind(&name, item),
            name,
        })
    }

    fn wanted(&self, scene: &Scene<'_>) -> Result<Vec<Field>, Blocked> {
        let groups = self.groups(scene)?.map(|ids| ids.join(" "));
        let all = [
            (MULTI_AZ, self.multi_az.map(|on| on.to_string())),
            (PROTECTION, self.deletion_protection.map(|on| on.to_string())),
            (DAYS, self.backup_retention_days.map(|n| n.to_string())),
            (PARAMETERS, self.parameters(scene)?),
            (GROUPS, groups),
        ];
        let wanted = all.into_iter();
        Ok(wanted.filter_map(|(field, of)| Some((field, of?))).collect())
    }

    fn call(
        &self,
        scene: &Scene<'_>,
        found: &Found,
        _: &[Field],
    ) -> Result<Call, Blocked> {
        let item = self.one(scene, found)?;
        let id = word(item, "DBInstanceIdentifier");
        let status = word(item, "DBInstanceStatus");
        if status != "available" {
            let why = format!("{id} is {status}, not available");
            return Err(Blocked::because(why));
        }
        let kept = item["BackupRetentionPeriod"].as_i64().unwrap_or(0);
        if let Some(days) = self.backup_retention_days
            && days < kept
        {
            return Err(Blocked::because(format!(
                "{id} keeps its backups for {kept} days: with {days} RDS \
                 would delete those that reach back farther"
            )));
        }
        let (account, region) = self.place.of(scene)?;
        Ok(Call::RdsModifyInstance(rds::ModifyInstance {
            account,
            region,
            instance: id.to_owned(),
            multi_az: self.multi_az,
            deletion_protection: self.deletion_protection,
            backup_retention_days: self.backup_retention_days,
            parameter_group: self.parameters(scene)?,
            security_groups: self.groups(scene)?,
        }))
    }
}
