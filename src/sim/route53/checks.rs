//! Health checks, and what each of their checkers says.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{invalid, page, plain};
use crate::sim::world::dns::{HealthCheck, Target};
use crate::sim::world::value::{flag, list as items, number, text, time};
use crate::sim::world::{Caller, Fault, World, noise, refuse};

/// Where the checkers stand.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
const CHECKERS: [&str; 8] = [
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
];

fn show(check: &HealthCheck) -> Value {
    let mut config = json!({
        "Inverted": check.inverted,
        "Disabled": check.disabled,
    });
    match &check.target {
        Target::Endpoint { tls, host, port, path } => {
            config["Type"] = json!(if *tls { "HTTPS" } else { "HTTP" });
            config["FullyQualifiedDomainName"] = json!(host);
            config["Port"] = json!(port);
            config["ResourcePath"] = json!(path);
            config["RequestInterval"] = json!(check.interval);
            config["FailureThreshold"] = json!(check.threshold);
            config["MeasureLatency"] = json!(false);
            config["EnableSNI"] = json!(tls);
        }
        Target::Calculated { children, threshold } => {
            config["Type"] = json!("CALCULATED");
            config["ChildHealthChecks"] = json!(children);
            config["HealthThreshold"] = json!(threshold);
        }
        Target::Alarm { region, name } => {
            config["Type"] = json!("CLOUDWATCH_METRIC");
            config["AlarmIdentifier"] =
                json!({ "Region": region, "Name": name });
        }
        Target::Control { arn } => {
            config["Type"] = json!("RECOVERY_CONTROL");
            config["RoutingControlArn"] = json!(arn);
        }
    }
    json!({
        "Id": check.id,
        "CallerReference": check.caller_reference,
        "HealthCheckConfig": config,
        "HealthCheckVersion": 1,
    })
}

fn find<'w>(
    world: &'w mut World,
    caller: &Caller,
    input: &Value,
) -> Result<&'w mut HealthCheck, Fault> {
    let id = text(input, "HealthCheckId").unwrap_or_default();
    let id = plain(id, "healthcheck");
    let account = world.account_mut(&caller.account);
    account.health_checks.get_mut(id).ok_or_else(|| {
        refuse(
            404,
            "NoSuchHealthCheck",
            format!("No health check exists with the specified ID: {id}"),
        )
    })
}

pub(super) fn list(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let account = world.account_mut(&caller.account);
    let all = account.health_checks.values();
    let all = all.map(|check| (check.id.as_str(), check));
    page(input, all, show, "HealthChecks")
}

pub(super) fn get(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let check = find(world, caller, input)?;
    Ok(json!({ "HealthCheck": show(check) }))
}

/// What a checker says; the inversion is not applied to it.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheckStatus.html
pub(super) fn status(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let check = find(world, caller, input)?;
    if !matches!(check.target, Target::Endpoint { .. }) {
        return Err(refuse(
            400,
            "InvalidInput",
            "You can't use GetHealthCheckStatus to get the status of a \
             health check without checkers.",
        ));
    }
    let well = check.disabled || check.healthy != check.inverted;
    let word = if well {
        "Success: HTTP Status Code 200, OK"
    } else {
        "Failure: The health checker could not establish a connection within \
         the timeout limit, or the endpoint answered with an error."
    };
    let interval = check.interval.max(1);
    let observations: Vec<Value> = CHECKERS
        .iter()
        .enumerate()
        .map(|(at, region)| {
            let ago = noise(region, now.as_second() / interval);
            let millis = jiff::SignedDuration::try_from_secs_f64(
                ago * f64::from(u32::try_from(interval).unwrap_or(30)),
            );
            let checked = now - millis.unwrap_or_default();
            json!({
                "Region": region,
                "IPAddress": format!("198.19.{at}.10"),
                "StatusReport": { "Status": word, "CheckedTime": time(checked) },
            })
        })
        .collect();
    Ok(json!({ "HealthCheckObservations": observations }))
}

pub(super) fn update(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let check = find(world, caller, input)?;
    let given =
        |member: &str| input.get(member).is_some_and(Value::is_boolean);
    if given("Inverted") {
        check.inverted = flag(input, "Inverted");
    }
    if given("Disabled") {
        check.disabled = flag(input, "Disabled");
    }
    if let Some(looks) = number(input, "FailureThreshold") {
        check.threshold = looks;
    }
    match &mut check.target {
        Target::Endpoint { host, port, path, .. } => {
            if let Some(name) = text(input, "FullyQualifiedDomainName") {
                name.clone_into(host);
            }
            if let Some(of) = text(input, "ResourcePath") {
                of.clone_into(path);
            }
            *port = number(input, "Port").unwrap_or(*port);
        }
        Target::Calculated { children, threshold } => {
            *threshold =
                number(input, "HealthThreshold").unwrap_or(*threshold);
            let ids = items(input, "ChildHealthChecks");
            if !ids.is_empty() {
                let ids = ids.iter().filter_map(Value::as_str);
                *children = ids.map(str::to_owned).collect();
            }
        }
        // What these follow cannot be changed (API reference of
        // UpdateHealthCheck).
        Target::Alarm { .. } | Target::Control { .. } => {}
    }
    let (id, shown) = (check.id.clone(), show(check));
    world.count("UpdateHealthCheck", caller, &id);
    Ok(json!({ "HealthCheck": shown }))
}

/// What a configuration looks at, if it is one that is simulated.
fn target(config: &Value) -> Option<Target> {
    let kind = text(config, "Type")?;
    let tls = kind == "HTTPS";
    match kind {
        "HTTP" | "HTTPS" => Some(Target::Endpoint {
            tls,
            host: text(config, "FullyQualifiedDomainName")?.to_owned(),
            port: number(config, "Port").unwrap_or(if tls { 443 } else { 80 }),
            path: text(config, "ResourcePath").unwrap_or("/").to_owned(),
        }),
        "CALCULATED" => Some(Target::Calculated {
            children: items(config, "ChildHealthChecks")
                .iter()
                .filter_map(|id| id.as_str().map(str::to_owned))
                .collect(),
            threshold: number(config, "HealthThreshold").unwrap_or(0),
        }),
        _ => None,
    }
}

/// The same reference with the same target makes one check.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html
pub(super) fn create(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let reference = text(input, "CallerReference").unwrap_or_default();
    let config = input.get("HealthCheckConfig").unwrap_or(&Value::Null);
    let target = target(config).ok_or_else(|| {
        invalid(
            "Only HTTP, HTTPS (by domain name) and CALCULATED health checks \
             are simulated.",
        )
    })?;
    let account = world.account_mut(&caller.account);
    let mut known = account.health_checks.values();
    if let Some(old) = known.find(|c| c.caller_reference == reference) {
        if old.target == target {
            return Ok(made(old));
        }
        return Err(refuse(
            409,
            "HealthCheckAlreadyExists",
            format!(
                "A health check with the caller reference {reference} \
                 exists already."
            ),
        ));
    }
    let id = world.fresh_uuid();
    let check = HealthCheck {
        caller_reference: reference.to_owned(),
        target,
        interval: number(config, "RequestInterval").unwrap_or(30),
        threshold: number(config, "FailureThreshold").unwrap_or(3),
        inverted: flag(config, "Inverted"),
        disabled: flag(config, "Disabled"),
        ..HealthCheck::of_host(&id, "", now)
    };
    let answer = made(&check);
    world.add_health_check(&caller.account, check);
    world.count("CreateHealthCheck", caller, &id);
    Ok(answer)
}

fn made(check: &HealthCheck) -> Value {
    json!({
        "HealthCheck": show(check),
        "Location": format!(
            "https://route53.amazonaws.com/2013-04-01/healthcheck/{}",
            check.id
        ),
    })
}
