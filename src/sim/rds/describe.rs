//! Instances, clusters, automated backups, events and tags, as they are.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::global::{no_cluster, no_global};
use super::{
    cut, filters, identifier, instance, invalid, no_instance, required, show,
};
use crate::sim::world::database::Instance;
use crate::sim::world::job::Tags;
use crate::sim::world::value::{list, moment, number, tag_list, text, time};
use crate::sim::world::{Caller, Fault, Place, World, refuse};

/// What the caller has in its Region.
pub(super) fn here<'w>(world: &'w mut World, caller: &Caller) -> &'w World {
    world.place_mut(&caller.account, &caller.region);
    world
}

pub(super) fn place<'w>(world: &'w World, caller: &Caller) -> &'w Place {
    world
        .place(&caller.account, &caller.region)
        .expect("`here` has just made sure of it")
}

fn fits(db: &Instance, caller: &Caller, name: &str, values: &[&str]) -> bool {
    let own = show::own_arn(caller, &format!("db:{}", db.id));
    values.iter().any(|value| match name {
        "db-instance-id" => *value == db.id || *value == own,
        "db-cluster-id" => db.cluster.as_deref() == Some(*value),
        "dbi-resource-id" => *value == db.resource_id,
        _ => *value == db.engine,
    })
}

pub(super) fn instances(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let world = here(world, caller);
    let place = place(world, caller);
    let known =
        ["db-instance-id", "db-cluster-id", "dbi-resource-id", "engine"];
    let filters = filters(input, &known)?;
    let wanted = text(input, "DBInstanceIdentifier").map(identifier);
    if let Some(id) = &wanted
        && !place.instances.contains_key(id)
    {
        return Err(no_instance(id));
    }
    let found = place.instances.values().filter(|db| {
        wanted.as_ref().is_none_or(|id| *id == db.id)
            && filters
                .iter()
                .all(|(name, values)| fits(db, caller, name, values))
    });
    let page = cut(input, found)?;
    let shown: Vec<Value> = page
        .items
        .into_iter()
        .map(|db| show::instance(world, caller, db))
        .collect();
    Ok(json!({ "DBInstances": shown, "Marker": page.next }))
}

pub(super) fn clusters(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let world = here(world, caller);
    let place = place(world, caller);
    let wanted = text(input, "DBClusterIdentifier").map(identifier);
    if let Some(id) = &wanted
        && !place.clusters.contains_key(id)
    {
        return Err(no_cluster(id));
    }
    let found = place
        .clusters
        .values()
        .filter(|c| wanted.as_ref().is_none_or(|id| *id == c.id));
    let page = cut(input, found)?;
    let shown: Vec<Value> = page
        .items
        .into_iter()
        .map(|cluster| show::cluster(world, caller, place, cluster))
        .collect();
    Ok(json!({ "DBClusters": shown, "Marker": page.next }))
}

/// A global cluster shows itself in the Regions that it has members in.
pub(super) fn global_clusters(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let wanted = text(input, "GlobalClusterIdentifier");
    let mine = format!(":{}:", caller.region);
    let account = world.account_mut(&caller.account);
    let found = account.globals.values().filter(|global| {
        global.members().any(|member| member.contains(&mine))
            && wanted.is_none_or(|id| id == global.id)
    });
    let page = cut(input, found)?;
    if let Some(id) = wanted
        && page.items.is_empty()
    {
        return Err(no_global(id));
    }
    let shown: Vec<Value> = page
        .items
        .into_iter()
        .map(|global| show::global_cluster(caller, global))
        .collect();
    Ok(json!({ "GlobalClusters": shown, "Marker": page.next }))
}

pub(super) fn automated_backups(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let world = here(world, caller);
    let id = text(input, "DBInstanceIdentifier").map(identifier);
    let resource = text(input, "DbiResourceId");
    let own = text(input, "DBInstanceAutomatedBackupsArn");
    let known = ["status", "db-instance-id", "dbi-resource-id"];
    let filters = filters(input, &known)?;
    let found = place(world, caller).automated.iter().filter(|backup| {
        id.as_ref().is_none_or(|id| *id == backup.instance)
            && resource.is_none_or(|id| id == backup.resource_id)
            && own.is_none_or(|arn| arn == show::backup_arn(caller, backup))
            && filters.iter().all(|(name, values)| {
                let is = match *name {
                    "status" => &backup.status,
                    "db-instance-id" => &backup.instance,
                    _ => &backup.resource_id,
                };
                values.contains(&is.as_str())
            })
    });
    let page = cut(input, found)?;
    let named = resource.or(own).or(id.as_deref());
    if let Some(name) = named
        && page.items.is_empty()
    {
        return Err(no_backup(name));
    }
    let shown: Vec<Value> = page
        .items
        .into_iter()
        .map(|backup| show::automated_backup(world, caller, backup))
        .collect();
    Ok(json!({ "DBInstanceAutomatedBackups": shown, "Marker": page.next }))
}

pub(super) fn no_backup(name: &str) -> Fault {
    refuse(
        404,
        "DBInstanceAutomatedBackupNotFound",
        format!("DBInstanceAutomatedBackup {name} not found."),
    )
}

/// Events of the last hour, unless the input says otherwise.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEvents.html
pub(super) fn events(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let kind = text(input, "SourceType");
    let of = text(input, "SourceIdentifier");
    if of.is_some() && kind.is_none() {
        return Err(super::combination(
            "The parameter SourceType must be specified with \
             SourceIdentifier.",
        ));
    }
    let minutes = number(input, "Duration").unwrap_or(60);
    if !(1..=14 * 24 * 60).contains(&minutes) {
        return Err(invalid(format!("Invalid value {minutes} for Duration.")));
    }
    let end = moment(input, "EndTime").unwrap_or(now);
    let start = moment(input, "StartTime")
        .unwrap_or_else(|| end - SignedDuration::from_mins(minutes));
    let wanted: Vec<&str> = list(input, "EventCategories")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let place = world.place_mut(&caller.account, &caller.region);
    let found = place.events.iter().filter(|event| {
        event.at >= start
            && event.at <= end
            && kind.is_none_or(|kind| kind == event.source_type)
            && of.is_none_or(|id| id == event.source)
            && (wanted.is_empty()
                || event
                    .categories
                    .iter()
                    .any(|c| wanted.contains(&c.as_str())))
    });
    let page = cut(input, found)?;
    let shown = page.items.into_iter().map(|event| {
        json!({
            "SourceIdentifier": event.source,
            "SourceType": event.source_type,
            "SourceArn": event.arn,
            "EventCategories": event.categories,
            "Message": event.message,
            "Date": time(event.at),
        })
    });
    Ok(json!({ "Events": shown.collect::<Vec<_>>(), "Marker": page.next }))
}

pub(super) fn tags(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "ResourceName")?;
    let found = tags_of(world, caller, name)?;
    Ok(json!({ "TagList": tag_list(&found) }))
}

fn tags_of(
    world: &mut World,
    caller: &Caller,
    name: &str,
) -> Result<Tags, Fault> {
    let id = identifier(name);
    let kind = name.split(':').nth(5).unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    match kind {
        "db" => Ok(instance(world, caller, &id)?.tags.clone()),
        "snapshot" => place
            .snapshots
            .get(&id)
            .map(|snapshot| snapshot.tags.clone())
            .ok_or_else(|| super::snapshots::missing(&id)),
        "cluster" => place
            .clusters
            .get(&id)
            .map(|cluster| cluster.tags.clone())
            .ok_or_else(|| no_cluster(&id)),
        _ => Err(invalid(format!("Invalid resource name: {name}"))),
    }
}
