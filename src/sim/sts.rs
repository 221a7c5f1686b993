//! The simulated service `sts`: who one is, and becoming someone else.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::world::labour::arn_parts;
use super::world::value::{number, text, time};
use super::world::{Caller, Fault, Principal, Service, World, hex, refuse};

/// Its operations.
pub const SERVICE: Service = Service {
    signing_name: "sts",
    handlers: &[
        ("AssumeRole", assume_role),
        ("GetCallerIdentity", caller_identity),
    ],
    shelves: &[],
};

#[expect(clippy::unnecessary_wraps, reason = "it has a handler's form")]
fn caller_identity(
    world: &mut World,
    caller: &Caller,
    _: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let known = world.principal_of(&caller.principal);
    let id = known.map_or("AIDALIFEBOATSIMULATED", |p| p.id.as_str());
    Ok(json!({
        "UserId": id,
        "Account": caller.account,
        "Arn": caller.principal,
    }))
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
fn assume_role(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let wanted = text(input, "RoleArn").unwrap_or_default();
    let session = text(input, "RoleSessionName").unwrap_or_default();
    let seconds = number(input, "DurationSeconds").unwrap_or(3600);
    if !(900..=43_200).contains(&seconds) {
        return Err(refuse(
            400,
            "ValidationError",
            format!(
                "Value '{seconds}' at 'durationSeconds' failed to satisfy \
                 constraint: Member must be between 900 and 43200"
            ),
        ));
    }
    let denied = || {
        refuse(
            403,
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: sts:AssumeRole on \
                 resource: {wanted}",
                caller.principal
            ),
        )
    };
    let (_, account, rest) = arn_parts(wanted).ok_or_else(denied)?;
    let role = rest.strip_prefix("role/").ok_or_else(denied)?;
    let name = role.rsplit('/').next().unwrap_or(role).to_owned();
    let roles = &world.account(account).ok_or_else(denied)?.roles;
    if !roles.is_empty() && !roles.contains(&name) {
        return Err(denied());
    }
    let account = account.to_owned();
    let arn = format!("arn:aws:sts::{account}:assumed-role/{name}/{session}");
    let id = format!("{}:{session}", world.fresh_code("AROA", 21));
    let key = world.fresh_code("ASIA", 20);
    let principal = Principal { account, arn: arn.clone(), id: id.clone() };
    world.add_principal(&key, principal);
    Ok(json!({
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": hex(&format!("secret of {key}"))[..40],
            "SessionToken": hex(&format!("session of {key}")),
            "Expiration": time(now + SignedDuration::from_secs(seconds)),
        },
        "AssumedRoleUser": { "AssumedRoleId": id, "Arn": arn },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{Lab, WEST};

    fn assume(role: &str) -> Value {
        json!({ "RoleArn": role, "RoleSessionName": "on-call" })
    }

    #[test]
    fn a_role_session_acts_in_the_account_of_its_role() {
        let mut lab = Lab::new();
        lab.world.add_account("444455556666", "data");
        let input = assume("arn:aws:iam::444455556666:role/team/operate");
        let session = lab.get(WEST, "sts:AssumeRole", &input);
        let key = session["Credentials"]["AccessKeyId"].as_str();
        let principal = lab.world.principal(key.expect("a key"));
        let principal = principal.expect("the key is known");
        assert_eq!(principal.account, "444455556666");
        let arn = "arn:aws:sts::444455556666:assumed-role/operate/on-call";
        assert_eq!(principal.arn, arn);
        let until = &session["Credentials"]["Expiration"];
        assert_eq!(*until, "2026-11-23T11:00:00Z");
    }

    #[test]
    fn roles_that_are_not_there_are_denied() {
        let mut lab = Lab::new();
        lab.world.add_account("444455556666", "data").roles =
            vec!["read".to_owned()];
        let op = "sts:AssumeRole";
        let other = assume("arn:aws:iam::444455556666:role/operate");
        assert_eq!(lab.refusal(WEST, op, &other), "AccessDenied");
        let nowhere = assume("arn:aws:iam::999999999999:role/operate");
        assert_eq!(lab.refusal(WEST, op, &nowhere), "AccessDenied");
        let read = assume("arn:aws:iam::444455556666:role/read");
        lab.get(WEST, op, &read);
    }

    #[test]
    fn a_caller_is_told_who_it_is() {
        let mut lab = Lab::new();
        let me = lab.get(WEST, "sts:GetCallerIdentity", &json!({}));
        assert_eq!(me["Account"], "111122223333");
        assert_eq!(me["Arn"], "arn:aws:iam::111122223333:user/on-call");
    }
}
