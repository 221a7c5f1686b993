//! The program's own looks: names asked, addresses fetched.

use super::*;

#[tokio::test(start_paused = true)]
async fn probes_reach_the_simulated_names() {
    let sim = play("quiet");
    let told = sim.clone();
    let resolver = InProcess(move |name: &str, kind: &str| {
        Ok(match told.resolve(name, kind) {
            Answer::Records(records) => DnsAnswer {
                ttl: records.iter().map(|record| record.ttl).min(),
                values: records
                    .into_iter()
                    .filter(|record| record.kind == kind)
                    .map(|record| record.value)
                    .collect(),
            },
            Answer::NoData | Answer::NoName => {
                DnsAnswer { values: Vec::new(), ttl: None }
            }
        })
    });
    let session = session(&sim);
    let told = sim.clone();
    let probes = Probes::new(
        session.http_client().clone(),
        Arc::new(resolver),
        clock(move || told.now()),
    );
    let Found::Records(records) =
        look(&session, "us-east-1", What::Records).await
    else {
        panic!("not records");
    };
    let record = records.iter().find(|r| r.failover.is_some()).unwrap();
    let seen = probes
        .look(&Source::Dns {
            name: record.name.clone(),
            kind: record.kind.clone(),
            resolver: None,
        })
        .await;
    let Ok(Found::Dns(answer)) = seen.found else { panic!("{seen:?}") };
    assert!(!answer.values.is_empty());
    let Found::HealthChecks(checks) =
        look(&session, "us-east-1", What::HealthChecks).await
    else {
        panic!("not health checks");
    };
    let url = checks
        .iter()
        .map(|check| check.target.clone())
        .find(|target| target.starts_with("http://"))
        .unwrap_or_else(|| panic!("{checks:?}"));
    let seen = probes.look(&Source::Http { url }).await;
    let Ok(Found::Http(answer)) = seen.found else { panic!("{seen:?}") };
    assert_eq!(answer.status, 200, "{answer:?}");

    let url = "https://nowhere.invalid/".to_owned();
    let seen = probes.look(&Source::Http { url }).await;
    assert_eq!(seen.found.unwrap_err().kind, FailureKind::Unreachable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_server_on_the_network_is_asked_by_its_address() {
    let sim = {
        let scenario = Scenario::embedded("quiet").expect("embedded");
        Sim::play(&scenario, SimClock::wall(), 1)
    };
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listening = listen(sim.clone(), any, any).await.unwrap();
    let server = listening.dns().to_string();
    let Found::Records(records) =
        look(&session(&sim), "us-east-1", What::Records).await
    else {
        panic!("not records");
    };
    let record = records.iter().find(|r| r.kind == "CNAME").unwrap();
    let (name, kind) = (record.name.as_str(), "CNAME");
    let answer = Network.resolve(name, kind, Some(&server)).await.unwrap();
    let Answer::Records(told) = sim.resolve(name, kind) else {
        panic!("the simulator has no {name}");
    };
    assert_eq!(answer.values, [told[0].value.clone()]);
    assert_eq!(answer.ttl, Some(told[0].ttl));

    let nobody = format!("nobody.{name}");
    let answer = Network.resolve(&nobody, kind, Some(&server)).await;
    assert_eq!(answer, Ok(DnsAnswer { values: Vec::new(), ttl: None }));
    let wrong = Network.resolve(name, kind, Some("not an address")).await;
    assert_eq!(wrong.unwrap_err().kind, FailureKind::Other);
    listening.stop().await;
}
