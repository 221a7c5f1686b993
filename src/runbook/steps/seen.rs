//! What was seen late enough, and words for it.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Blocked, Scene, Values};
use crate::estate::ids::{Account, Region};
use crate::estate::resource::DbInstance;
use crate::estate::{Found, Source, What};
use crate::failure::FailureKind;

/// An answer that a verdict may rest on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) found: &'a Found,
    pub(super) begun: Timestamp,
    pub(super) at: Timestamp,
    /// Since when every look has brought this same answer.
    pub(super) steady: Timestamp,
}

/// The whole and live answer of a source from a look begun at `since` or
/// later, or what is missing.
pub(super) fn seen<'a>(
    scene: &Scene<'a>,
    source: &Source,
    since: Timestamp,
) -> Result<Seen<'a>, String> {
    let Some(known) = scene.estate.known(source) else {
        return Err(format!("{source} was not looked at yet"));
    };
    let pace = scene.estate.pace(source);
    let late = known.begun().is_some_and(|begun| begun >= since);
    if late
        && known.bears(scene.now, pace)
        && let (Some(found), Some((begun, at))) = (&known.found, known.seen)
    {
        let steady = known.steady_since.unwrap_or(at);
        return Ok(Seen { found, begun, at, steady });
    }
    if let Some((_, failure)) = &known.failed {
        return Err(failure.to_string());
    }
    if let Some(partial) = &known.partial {
        return Err(format!("{source} was not seen whole: {partial}"));
    }
    Err(format!("{source} was not looked at since"))
}

/// The same for a plan, which waits for the look.
pub(super) fn looked<'a>(
    scene: &Scene<'a>,
    look: &Source,
) -> Result<Seen<'a>, Blocked> {
    let told = seen(scene, look, scene.since);
    told.map_err(|why| Blocked { why, looks: vec![look.clone()] })
}

/// The items of a thing that was asked for.
pub(super) fn things(found: &Found) -> Result<&[Value], Blocked> {
    match found {
        Found::Things(items) => Ok(items),
        _ => Err(Blocked::because("AWS answered with something else")),
    }
}

/// The one item of a thing that has to be there.
pub(super) fn the_thing<'a>(
    found: &'a Found,
    what: &str,
) -> Result<&'a Value, Blocked> {
    let item = things(found)?.first();
    item.ok_or_else(|| Blocked::because(format!("there is no {what}")))
}

/// A text member of an item; empty where AWS does not tell it.
pub(super) fn word<'a>(item: &'a Value, member: &str) -> &'a str {
    item[member].as_str().unwrap_or_default()
}

/// A time member of an item.
pub(super) fn time(item: &Value, member: &str) -> Option<Timestamp> {
    word(item, member).parse().ok()
}

/// An RDS instance as seen late enough; none if it does not exist.
pub(super) fn instance<'a>(
    scene: &Scene<'a>,
    source: &Source,
    since: Timestamp,
) -> Result<(Option<&'a DbInstance>, Seen<'a>), String> {
    let seen = seen(scene, source, since)?;
    match seen.found {
        Found::Instances(list) => Ok((list.first(), seen)),
        _ => Err(format!("{source} answered with something else")),
    }
}

/// An RDS instance that is asked for as a thing, with its status: a plan
/// that changes it needs it to be available.
pub(super) fn ready<'a>(
    scene: &Scene<'a>,
    look: &Source,
    id: &str,
) -> Result<(&'a Value, &'a str), Blocked> {
    let found = looked(scene, look)?.found;
    let item = the_thing(found, &format!("instance {id}"))?;
    match word(item, "DBInstanceStatus") {
        status @ "available" => Ok((item, status)),
        status => {
            let why = format!("{id} is {status}, not available");
            Err(Blocked::because(why))
        }
    }
}

/// Where such an instance answers, for later steps.
pub(super) fn endpoint(item: &Value) -> Values {
    let end = &item["Endpoint"];
    let port = end["Port"].as_i64().unwrap_or_default();
    Values::from([
        ("host".into(), word(end, "Address").into()),
        ("port".into(), port.to_string()),
    ])
}

/// The same of an instance that a plan needs, at its own source.
pub(super) fn instance_there<'a>(
    scene: &Scene<'a>,
    look: &Source,
) -> Result<(&'a DbInstance, Seen<'a>), Blocked> {
    let (found, seen) = instance(scene, look, scene.since)
        .map_err(|why| Blocked { why, looks: vec![look.clone()] })?;
    let none = || Blocked::because(format!("{look}: there is none"));
    Ok((found.ok_or_else(none)?, seen))
}

/// The source that is one RDS instance.
pub(super) fn instance_source(
    account: &str,
    region: &str,
    id: &str,
) -> Source {
    let what = What::Instance(id.to_owned());
    Source::aws(&Account::new(account), &Region::new(region), what)
}

/// Whether the newest look at a source came back with nothing that its
/// Region gave: it cannot be reached, or does not answer as it should. A
/// Region that turns a request away because there were too many is there, and
/// the next look tells.
pub(super) fn is_out_of_reach(scene: &Scene<'_>, source: &Source) -> bool {
    let failed = scene.estate.known(source).and_then(|k| k.failed.as_ref());
    failed.is_some_and(|(_, failure)| {
        matches!(
            failure.kind,
            FailureKind::Unreachable
                | FailureKind::TimedOut
                | FailureKind::Faulted
        )
    })
}

/// Whether a name AWS gives for an instance, an id or an ARN, is this id.
pub(super) fn is_named(told: &str, id: &str) -> bool {
    told == id || told.rsplit(':').next() == Some(id)
}

/// A moment as evidence names it.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time span in whole seconds, such as `7m 42s`.
pub(super) fn span(span: SignedDuration) -> String {
    format!("{:#}", SignedDuration::from_secs(span.as_secs()))
}
