//! What we ask of Amazon Route 53, and what its answers mean.

use aws_sdk_route53::types::{
    AcceleratedRecoveryStatus, HealthCheck as ToldCheck, HealthCheckConfig,
    HealthCheckObservation, HealthCheckType, HostedZone, ResourceRecordSet,
    RrType,
};
use futures_util::stream::{self, StreamExt};

use super::failure::failure;
use super::pages::{self, Page, Pages};
use super::reader::Reader;
use super::{Look, Seen};
use crate::estate::Found;
use crate::estate::ids::{Region, ZoneId};
use crate::estate::resource::{
    Change, CheckBasis, HealthCheck, RecordSet, Zone,
};
use crate::failure::{Failure, FailureKind, cleaned};
use crate::runbook::call::route53::change_id;

/// The largest page of zones and of health checks.
const PAGE: i32 = 100;
/// The largest page of record sets.
const RECORDS: i32 = 300;
/// Calls at the same time; the account's bucket refills by 10 a second.
const AT_ONCE: usize = 4;
/// Health checks whose status is asked for; each costs a call.
const MOST_CHECKS: usize = 100;

/// The hosted zones of an account.
pub(super) async fn zones(reader: &Reader) -> Look {
    let Pages { items, partial } = listed_zones(reader).await?;
    Ok(Seen { found: Found::Zones(items.into()), partial })
}

async fn listed_zones(reader: &Reader) -> Result<Pages<Zone>, Failure> {
    pages::all(async |marker| {
        reader.turn("route53", "ListHostedZones").await;
        let answer = reader
            .route53()
            .list_hosted_zones()
            .max_items(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| failure("list hosted zones", &error))?;
        Ok(Page {
            items: answer.hosted_zones.into_iter().map(zone).collect(),
            next: answer.next_marker.filter(|_| answer.is_truncated),
        })
    })
    .await
}

fn zone(told: HostedZone) -> Zone {
    Zone {
        id: ZoneId::new(told.id.trim_start_matches("/hostedzone/")),
        name: name(&told.name),
        private: told.config.is_some_and(|config| config.private_zone),
        accelerated: told
            .features
            .and_then(|features| features.accelerated_recovery_status)
            .map(|status| status == AcceleratedRecoveryStatus::Enabled),
    }
}

/// The records of all public zones. A zone that cannot be listed leaves the
/// others whole and makes the answer partial.
pub(super) async fn records(reader: &Reader) -> Look {
    let zones = listed_zones(reader).await?;
    let mut reasons: Vec<String> = zones.partial.into_iter().collect();
    let mut public = zones.items;
    public.retain(|zone| !zone.private);
    let count = public.len();
    let listed: Vec<_> = stream::iter(public)
        .map(async |zone| {
            let listed = records_of_zone(reader, &zone.id).await;
            (zone, listed)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut records = Vec::new();
    let mut failed = Vec::new();
    for (zone, listed) in listed {
        match listed {
            Ok(Pages { items, partial }) => {
                records.extend(items);
                let why = partial.map(|w| format!("zone {}: {w}", zone.name));
                reasons.extend(why);
            }
            Err(failure) => {
                reasons.push(format!("zone {}: {failure}", zone.name));
                failed.push(failure);
            }
        }
    }
    if failed.len() == count
        && let Some(failure) = failed.pop()
    {
        return Err(failure);
    }
    let found = Found::Records(records.into());
    Ok(Seen { found, partial: pages::joined(&reasons) })
}

async fn records_of_zone(
    reader: &Reader,
    zone: &ZoneId,
) -> Result<Pages<RecordSet>, Failure> {
    // The next page begins at a name, type and identifier, not at a token.
    pages::all(async |start: Option<String>| {
        reader.turn("route53", "ListResourceRecordSets").await;
        let mut request = reader
            .route53()
            .list_resource_record_sets()
            .hosted_zone_id(zone.as_str())
            .max_items(RECORDS);
        if let Some(start) = start {
            let mut parts = start.splitn(3, '\n').map(str::to_owned);
            request = request
                .set_start_record_name(parts.next())
                .set_start_record_type(
                    parts.next().map(|kind| RrType::from(kind.as_str())),
                )
                .set_start_record_identifier(
                    parts.next().filter(|identifier| !identifier.is_empty()),
                );
        }
        reader.turn("route53", "ListResourceRecordSets").await;
        let answer = request
            .send()
            .await
            .map_err(|error| failure("list records", &error))?;
        let next = answer.next_record_name.filter(|_| answer.is_truncated);
        let sets = answer.resource_record_sets;
        Ok(Page {
            items: sets.into_iter().map(|set| record(zone, set)).collect(),
            next: next.map(|name| {
                let kind = answer.next_record_type;
                let kind = kind.as_ref().map_or("", RrType::as_str);
                let id = answer.next_record_identifier.unwrap_or_default();
                format!("{name}\n{kind}\n{id}")
            }),
        })
    })
    .await
}

/// The records of one name in one zone.
pub(super) async fn records_of(
    reader: &Reader,
    zone: &ZoneId,
    wanted: &str,
) -> Look {
    reader.turn("route53", "ListResourceRecordSets").await;
    let answer = reader
        .route53()
        .list_resource_record_sets()
        .hosted_zone_id(zone.as_str())
        .start_record_name(wanted)
        .max_items(PAGE)
        .send()
        .await
        .map_err(|error| failure("look at the record", &error))?;
    let next = answer.next_record_name.filter(|_| answer.is_truncated);
    let partial = next
        .is_some_and(|next| name(&next) == wanted)
        .then(|| format!("{wanted} has more than {PAGE} record sets"));
    let records: Vec<_> = answer
        .resource_record_sets
        .into_iter()
        .map(|set| record(zone, set))
        .filter(|record| record.name == wanted)
        .collect();
    Ok(Seen { found: Found::Records(records.into()), partial })
}

fn record(zone: &ZoneId, told: ResourceRecordSet) -> RecordSet {
    RecordSet {
        zone: zone.clone(),
        name: name(&told.name),
        kind: told.r#type.as_str().to_owned(),
        identifier: told.set_identifier,
        failover: told.failover.map(|failover| failover.as_str().to_owned()),
        weight: told.weight,
        ttl: told.ttl,
        values: told
            .resource_records
            .unwrap_or_default()
            .into_iter()
            .map(|record| record.value)
            .collect(),
        evaluates: told
            .alias_target
            .as_ref()
            .map(|alias| alias.evaluate_target_health),
        alias: told
            .alias_target
            .map(|alias| (name(&alias.dns_name), alias.hosted_zone_id)),
        health_check: told.health_check_id,
    }
}

/// A name as people write it: without the final dot, and with the wildcard
/// that Route 53 gives as an octal escape.
fn name(told: &str) -> String {
    cleaned(&told.trim_end_matches('.').replace("\\052", "*"))
}

/// The health checks of an account with what their checkers see.
pub(super) async fn health_checks(reader: &Reader) -> Look {
    let Pages { items, partial } = pages::all(async |marker| {
        reader.turn("route53", "ListHealthChecks").await;
        let answer = reader
            .route53()
            .list_health_checks()
            .max_items(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| failure("list health checks", &error))?;
        Ok(Page {
            items: answer.health_checks,
            next: answer.next_marker.filter(|_| answer.is_truncated),
        })
    })
    .await?;
    let mut reasons: Vec<String> = partial.into_iter().collect();
    if items.len() > MOST_CHECKS {
        reasons.push(format!("status of the first {MOST_CHECKS} only"));
    }
    let asked: Vec<_> = stream::iter(items.into_iter().enumerate())
        .map(async |(index, told)| {
            let asked = index < MOST_CHECKS && has_checkers(&told);
            let reports = if asked {
                reports(reader, &told.id).await.map(Some)
            } else {
                Ok(None)
            };
            (told, reports)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let checks: Vec<_> = asked
        .into_iter()
        .map(|(told, asked)| {
            let reports = asked.unwrap_or_else(|failure| {
                reasons.push(format!("check {}: {failure}", told.id));
                None
            });
            check(told, reports)
        })
        .collect();
    let found = Found::HealthChecks(checks.into());
    Ok(Seen { found, partial: pages::joined(&reasons) })
}

/// One health check by its id. That there is none is an answer.
pub(super) async fn health_check_of(reader: &Reader, id: &str) -> Look {
    reader.turn("route53", "GetHealthCheck").await;
    let sent =
        reader.route53().get_health_check().health_check_id(id).send().await;
    let told = match sent {
        Ok(answer) => answer.health_check,
        Err(error) => {
            let failure = failure("look at the health check", &error);
            if failure.kind != FailureKind::NotFound {
                return Err(failure);
            }
            None
        }
    };
    let mut checks = Vec::new();
    if let Some(told) = told {
        let reports = if has_checkers(&told) {
            Some(reports(reader, id).await?)
        } else {
            None
        };
        checks.push(check(told, reports));
    }
    Ok(Seen::whole(Found::HealthChecks(checks.into())))
}

/// Only health checks of an endpoint have checkers that report.
fn has_checkers(told: &ToldCheck) -> bool {
    let kind = told.health_check_config.as_ref().map(|c| &c.r#type);
    !matches!(
        kind,
        Some(
            HealthCheckType::Calculated
                | HealthCheckType::CloudwatchMetric
                | HealthCheckType::RecoveryControl
        )
    )
}

async fn reports(reader: &Reader, id: &str) -> Result<(u32, u32), Failure> {
    reader.turn("route53", "GetHealthCheckStatus").await;
    let answer = reader
        .route53()
        .get_health_check_status()
        .health_check_id(id)
        .send()
        .await
        .map_err(|error| failure("ask the health checkers", &error))?;
    Ok(counted(&answer.health_check_observations))
}

/// A checker's status begins with `Success` or `Failure`.
fn counted(observations: &[HealthCheckObservation]) -> (u32, u32) {
    let told = observations
        .iter()
        .filter_map(|seen| seen.status_report.as_ref()?.status.as_deref());
    told.fold((0, 0), |(good, all), status| {
        (good + u32::from(status.starts_with("Success")), all + 1)
    })
}

fn check(told: ToldCheck, reports: Option<(u32, u32)>) -> HealthCheck {
    let config = told.health_check_config;
    HealthCheck {
        id: told.id,
        inverted: config
            .as_ref()
            .is_some_and(|config| config.inverted.unwrap_or(false)),
        basis: config.as_ref().map(basis).unwrap_or_default(),
        target: config.map(target).unwrap_or_default(),
        reports,
    }
}

fn basis(config: &HealthCheckConfig) -> CheckBasis {
    let host = config.fully_qualified_domain_name.as_ref();
    let host = host.or(config.ip_address.as_ref());
    let alarm = config.alarm_identifier.as_ref();
    let regions = config.regions.iter().flatten();
    CheckBasis {
        kind: cleaned(config.r#type.as_str()),
        host: host.map(|host| cleaned(host)),
        disabled: config.disabled.unwrap_or(false),
        regions: regions.map(|r| cleaned(r.as_str())).collect(),
        alarm: alarm.map(|alarm| {
            let region = cleaned(alarm.region.as_str());
            (Region::new(region), cleaned(&alarm.name))
        }),
        routing_control: config
            .routing_control_arn
            .as_ref()
            .map(|arn| cleaned(arn)),
        children: config.child_health_checks.clone().unwrap_or_default(),
    }
}

fn target(config: HealthCheckConfig) -> String {
    let host = config
        .fully_qualified_domain_name
        .or(config.ip_address)
        .unwrap_or_default();
    let path = config.resource_path.unwrap_or_default();
    let text = match config.r#type {
        HealthCheckType::Http | HealthCheckType::HttpStrMatch => {
            format!("http://{host}{}{path}", port(config.port, 80))
        }
        HealthCheckType::Https | HealthCheckType::HttpsStrMatch => {
            format!("https://{host}{}{path}", port(config.port, 443))
        }
        HealthCheckType::Tcp => {
            format!("tcp://{host}{}", port(config.port, 0))
        }
        HealthCheckType::CloudwatchMetric => {
            let alarm = config.alarm_identifier.map(|alarm| alarm.name);
            format!("alarm {}", alarm.unwrap_or_default())
        }
        HealthCheckType::RecoveryControl => {
            let control = config.routing_control_arn.unwrap_or_default();
            let id = control.rsplit('/').next().unwrap_or_default();
            format!("routing control {id}")
        }
        HealthCheckType::Calculated => {
            let children = config.child_health_checks.unwrap_or_default();
            format!("{} other checks", children.len())
        }
        other => other.as_str().to_lowercase(),
    };
    cleaned(&text)
}

fn port(told: Option<i32>, usual: i32) -> String {
    match told {
        Some(port) if port != usual => format!(":{port}"),
        _ => String::new(),
    }
}

/// What became of one change.
pub(super) async fn change_of(reader: &Reader, id: &str) -> Look {
    reader.turn("route53", "GetChange").await;
    let answer = reader
        .route53()
        .get_change()
        .id(id)
        .send()
        .await
        .map_err(|error| failure("look at the change", &error))?;
    let told = answer.change_info.ok_or_else(|| {
        Failure::new("look at the change", FailureKind::Garbled)
    })?;
    Ok(Seen::whole(Found::Change(Change {
        id: change_id(&told.id),
        in_sync: told.status.as_str() == "INSYNC",
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_as_people_write_it() {
        assert_eq!(name("learn.example.com."), "learn.example.com");
        assert_eq!(name("\\052.example.com."), "*.example.com");
    }
}
