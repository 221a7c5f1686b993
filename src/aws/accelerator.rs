//! What we ask of Global Accelerator, and what its answers mean.

use serde::Deserialize;
use serde_json::json;

use super::modeled::{Client, into};
use super::pages::joined;
use super::{Look, Reader, Seen};
use crate::estate::ids::Region;
use crate::estate::part::edge::{
    AcceleratedEndpoint, Accelerator, EndpointGroup,
};
use crate::failure::{Failure, cleaned};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Accelerators {
    accelerators: Vec<Said>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Said {
    accelerator_arn: String,
    name: String,
    dns_name: String,
    enabled: Option<bool>,
    status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listeners {
    listeners: Vec<Listener>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listener {
    listener_arn: String,
    port_ranges: Vec<Ports>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Ports {
    from_port: i64,
    to_port: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Groups {
    endpoint_groups: Vec<Group>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Group {
    endpoint_group_arn: String,
    endpoint_group_region: String,
    traffic_dial_percentage: Option<f64>,
    endpoint_descriptions: Vec<EndpointSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct EndpointSaid {
    endpoint_id: String,
    weight: Option<i64>,
    health_state: Option<String>,
    health_reason: Option<String>,
}

/// The accelerators of an account with their endpoint groups.
pub(super) async fn accelerators(reader: &Reader) -> Look {
    let global = reader.modeled("globalaccelerator")?;
    let doing = "list the accelerators";
    let input = json!({ "MaxResults": 100 });
    let listed = global.list(doing, "ListAccelerators", input, |page| {
        Ok(into::<Accelerators>(doing, page)?.accelerators)
    });
    let listed = listed.await?;
    let mut reasons: Vec<String> = listed.partial.into_iter().collect();
    let mut all = Vec::new();
    for said in listed.items {
        let accelerator = accelerator(&global, said).await;
        let told = accelerator.unknown.iter();
        reasons.extend(told.map(|w| format!("{}: {w}", accelerator.name)));
        all.push(accelerator);
    }
    Ok(Seen::parts(all, joined(&reasons)))
}

async fn accelerator(global: &Client, said: Said) -> Accelerator {
    let arn = cleaned(&said.accelerator_arn);
    let mut unknown = Vec::new();
    let groups = match groups(global, &arn, &mut unknown).await {
        Ok(groups) => Some(groups),
        Err(failure) => {
            unknown.push(failure.to_string());
            None
        }
    };
    Accelerator {
        name: cleaned(&said.name),
        dns: cleaned(&said.dns_name),
        enabled: said.enabled,
        status: cleaned(&said.status),
        groups,
        unknown,
        arn,
    }
}

async fn groups(
    global: &Client,
    arn: &str,
    unknown: &mut Vec<String>,
) -> Result<Vec<EndpointGroup>, Failure> {
    let doing = "list the listeners";
    let input = json!({ "AcceleratorArn": arn, "MaxResults": 100 });
    let listeners = global.list(doing, "ListListeners", input, |page| {
        Ok(into::<Listeners>(doing, page)?.listeners)
    });
    let listeners = listeners.await?;
    unknown.extend(listeners.partial);
    let mut groups = Vec::new();
    for listener in listeners.items {
        let doing = "list the endpoint groups";
        let input = json!({
            "ListenerArn": listener.listener_arn,
            "MaxResults": 100,
        });
        let ports = ports(&listener.port_ranges);
        let found = global.list(doing, "ListEndpointGroups", input, |page| {
            let said: Groups = into(doing, page)?;
            let said = said.endpoint_groups.into_iter();
            Ok(said.map(|said| group(said, &ports)).collect())
        });
        let found = found.await?;
        unknown.extend(found.partial);
        groups.extend(found.items);
    }
    Ok(groups)
}

fn ports(ranges: &[Ports]) -> String {
    let range = |ports: &Ports| match ports {
        Ports { from_port, to_port } if from_port == to_port => {
            from_port.to_string()
        }
        Ports { from_port, to_port } => format!("{from_port}-{to_port}"),
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

fn group(said: Group, ports: &str) -> EndpointGroup {
    let endpoints = said.endpoint_descriptions.into_iter().map(|endpoint| {
        AcceleratedEndpoint {
            id: cleaned(&endpoint.endpoint_id),
            weight: endpoint.weight,
            health: endpoint.health_state.map(|word| cleaned(&word)),
            reason: endpoint.health_reason.map(|why| cleaned(&why)),
        }
    });
    EndpointGroup {
        arn: cleaned(&said.endpoint_group_arn),
        ports: ports.to_owned(),
        region: Region::new(cleaned(&said.endpoint_group_region)),
        dial: said.traffic_dial_percentage,
        endpoints: endpoints.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_told_as_people_write_them() {
        let range = |from_port, to_port| Ports { from_port, to_port };
        let text = ports(&[range(80, 80), range(8000, 8010)]);
        assert_eq!(text, "80,8000-8010");
    }
}
