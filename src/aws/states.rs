//! What we ask of AWS Step Functions, and what its answers mean.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::modeled::{Client, into};
use super::tagging::marked;
use super::{Look, Reader, Seen, pages};
use crate::estate::part::automation::Sign;
use crate::estate::part::states::{Execution, Last, Machine};
use crate::failure::{Failure, cleaned};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Listed {
    state_machines: Vec<Told>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    state_machine_arn: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    creation_date: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ran {
    executions: Vec<Run>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Run {
    name: String,
    status: String,
    start_date: Option<Timestamp>,
    stop_date: Option<Timestamp>,
}

/// The state machines of a Region that belong to recovery, by name or tag,
/// each with its last execution.
pub(super) async fn machines(reader: &Reader) -> Look {
    let states = reader.modeled("states")?;
    let doing = "list the state machines";
    let input = json!({ "maxResults": 1000 });
    let listed = states.list(doing, "ListStateMachines", input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.state_machines)
    });
    let listed = listed.await?;
    let mut reasons: Vec<String> = listed.partial.into_iter().collect();
    let marked = marked(reader, "states:stateMachine", &mut reasons).await;
    let mut machines = Vec::new();
    for told in listed.items {
        let sign = if marked.contains(&told.state_machine_arn) {
            Sign::Tag
        } else if reader.names().fit(&told.name) {
            Sign::Name
        } else {
            continue;
        };
        machines.push(machine(&states, told, sign).await);
    }
    Ok(Seen::parts(machines, pages::joined(&reasons)))
}

async fn machine(states: &Client, told: Told, sign: Sign) -> Machine {
    let express = told.kind == "EXPRESS";
    let mut unknown = Vec::new();
    let mut last = None;
    if !express {
        match last_of(states, &told).await {
            Ok(told) => last = Some(told),
            Err(failure) => unknown.push(failure.to_string()),
        }
    }
    Machine {
        arn: cleaned(&told.state_machine_arn),
        name: cleaned(&told.name),
        sign,
        created: told.creation_date,
        express,
        last,
        unknown,
    }
}

/// Executions come newest first (API reference of `ListExecutions`).
async fn last_of(states: &Client, of: &Told) -> Result<Last, Failure> {
    let doing = format!("ask for the last run of {}", cleaned(&of.name));
    let input = json!({
        "stateMachineArn": of.state_machine_arn, "maxResults": 1,
    });
    let said = states.ask(&doing, "ListExecutions", input).await?;
    let said: Ran = into(&doing, said)?;
    Ok(said.executions.into_iter().next().map_or(Last::Never, |run| {
        Last::Execution(Execution {
            name: cleaned(&run.name),
            status: cleaned(&run.status),
            started: run.start_date,
            stopped: run.stop_date,
        })
    }))
}
