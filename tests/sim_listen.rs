//! The simulated AWS on loopback: raw HTTP and DNS, as any client sends them,
//! and the probes of a console that find its names there.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use lifeboat::aws::session::{Session, SessionSpec, clock};
use lifeboat::estate::part::automation::Names;
use lifeboat::estate::{Found, Source};
use lifeboat::failure::FailureKind;
use lifeboat::probe::Probes;
use lifeboat::probe::dns::Network;
use lifeboat::rates::Budgets;
use lifeboat::sim::faults::{Effect, Rule};
use lifeboat::sim::listen::{Listening, listen};
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock, access_key};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

const PROD: &str = "111122223333";

async fn served(scenario: &str) -> (Sim, Listening) {
    let scenario = Scenario::embedded(scenario).expect("embedded");
    let sim = Sim::play(&scenario, SimClock::wall(), 1);
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listening = listen(sim.clone(), any, any).await.expect("a port");
    (sim, listening)
}

/// Sends a request and reads until the other side closes.
async fn ask(of: &Listening, request: &str) -> String {
    let mut stream = TcpStream::connect(of.addr()).await.expect("connected");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut told = String::new();
    stream.read_to_string(&mut told).await.expect("UTF-8");
    told
}

fn visit(host: &str) -> String {
    format!(
        "GET /health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )
}

fn signed(service: &str, region: &str, body: &str) -> String {
    let key = access_key(PROD);
    format!(
        "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={key}/20261123/{region}/\
         {service}/aws4_request, SignedHeaders=host, Signature=00\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

const PROMOTE: &str = "Action=PromoteReadReplica&Version=2014-10-31\
                       &DBInstanceIdentifier=learn-db-replica";

async fn look_up(of: &Listening, name: &str, kind: RecordType) -> Message {
    let mut question = Message::new(7, MessageType::Query, OpCode::Query);
    let name = Name::from_ascii(name).expect("a name");
    question.add_query(Query::query(name, kind));
    let any = (Ipv4Addr::LOCALHOST, 0);
    let udp = UdpSocket::bind(any).await.expect("a port");
    let bytes = question.to_vec().expect("a message");
    udp.send_to(&bytes, of.dns()).await.expect("sent");
    let mut told = [0; 4096];
    let length = udp.recv(&mut told).await.expect("told");
    Message::from_vec(&told[..length]).expect("a message")
}

#[tokio::test]
async fn the_worlds_http_names_answer_by_host_and_others_do_not_exist() {
    let (_, listening) = served("quiet").await;
    let told = ask(&listening, &visit("www.learn.example")).await;
    assert!(told.starts_with("HTTP/1.1 200 OK\r\n"), "{told}");
    assert!(told.contains(r#""region":"eu-west-1""#), "{told}");
    let told = ask(&listening, &visit("aws.amazon.com")).await;
    assert!(told.starts_with("HTTP/1.1 404 Not Found\r\n"), "{told}");
}

#[tokio::test]
async fn dns_answers_its_zones_and_nothing_else() {
    let (_, listening) = served("quiet").await;
    let told = look_up(&listening, "www.learn.example.", RecordType::A).await;
    assert_eq!(told.metadata.id, 7);
    let address = told.answers.iter().any(|r| matches!(r.data, RData::A(_)));
    assert!(address, "{told:?}");
    let kind = RecordType::CNAME;
    let told = look_up(&listening, "db.learn.example.", kind).await;
    let RData::CNAME(end) = &told.answers[0].data else {
        panic!("{told:?}");
    };
    assert!(end.to_string().starts_with("learn-db."), "{end}");
    assert_eq!(told.answers[0].ttl, 60);
    let kind = RecordType::TXT;
    let told = look_up(&listening, "learn.example.", kind).await;
    assert!(matches!(told.answers[0].data, RData::TXT(_)), "{told:?}");
    let told = look_up(&listening, "aws.amazon.com.", RecordType::A).await;
    assert_eq!(told.metadata.response_code, ResponseCode::NXDomain);
}

#[tokio::test]
async fn a_dark_region_accepts_and_does_not_answer_while_another_does() {
    let (sim, listening) = served("already-dark").await;
    let who = "Action=GetCallerIdentity&Version=2011-06-15";
    let dark = signed("sts", "eu-west-1", who);
    let waited = timeout(Duration::from_millis(300), ask(&listening, &dark));
    assert!(waited.await.is_err());
    let told = ask(&listening, &signed("sts", "eu-central-1", who)).await;
    assert!(told.contains("<Account>111122223333</Account>"), "{told}");
    let reached: Vec<bool> =
        sim.received().iter().map(|r| r.reached).collect();
    assert_eq!(reached, [false, true]);
}

#[tokio::test]
async fn a_lost_answer_closes_the_connection_after_the_act() {
    let (sim, listening) = served("quiet").await;
    sim.inject(
        Rule::every(Effect::LostReset).of_operation("PromoteReadReplica"),
    );
    let told = ask(&listening, &signed("rds", "eu-central-1", PROMOTE)).await;
    assert_eq!(told, "");
    let told = ask(
        &listening,
        "GET /_lifeboat/applied HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         \r\n",
    )
    .await;
    assert!(told.ends_with(r#"{"PromoteReadReplica":1}"#), "{told}");
}

async fn steer(of: &Listening, line: &str, body: &str) -> String {
    let length = body.len();
    ask(
        of,
        &format!(
            "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{body}"
        ),
    )
    .await
}

#[tokio::test]
async fn another_process_puts_a_fault_in_force_and_takes_it_away() {
    let (sim, listening) = served("quiet").await;
    let rule = r#"{"operation": "PromoteReadReplica", "effect": "denied",
                   "when": {"first": 2}}"#;
    let told = steer(&listening, "POST /_lifeboat/faults", rule).await;
    let (_, id) = told.rsplit_once("\r\n\r\n").expect("a body");
    let told = ask(&listening, &signed("rds", "eu-central-1", PROMOTE)).await;
    assert!(told.starts_with("HTTP/1.1 403 "), "{told}");
    let line = format!("DELETE /_lifeboat/faults/{id}");
    let told = steer(&listening, &line, "").await;
    assert!(told.starts_with("HTTP/1.1 200 OK\r\n"), "{told}");
    let told = steer(&listening, &line, "").await;
    assert!(told.starts_with("HTTP/1.1 404 "), "it is gone: {told}");
    let told = ask(&listening, &signed("rds", "eu-central-1", PROMOTE)).await;
    assert!(told.starts_with("HTTP/1.1 200 OK\r\n"), "{told}");
    assert_eq!(sim.applied("PromoteReadReplica"), 1);
    let wrong = r#"{"efect": "denied"}"#;
    let told = steer(&listening, "POST /_lifeboat/faults", wrong).await;
    assert!(told.starts_with("HTTP/1.1 400 "), "{told}");
    assert!(told.contains("efect"), "{told}");
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_dark_region() {
    let (_, listening) = served("already-dark").await;
    let mut stream =
        TcpStream::connect(listening.addr()).await.expect("connected");
    let who = "Action=GetCallerIdentity&Version=2011-06-15";
    let dark = signed("sts", "eu-west-1", who);
    stream.write_all(dark.as_bytes()).await.expect("sent");
    let stopped = timeout(Duration::from_secs(5), listening.stop()).await;
    assert!(stopped.is_ok());
}

/// The world on a port, and probes that find `www.learn.example` there.
async fn sent_elsewhere() -> (Listening, Probes) {
    let (sim, listening) = served("quiet").await;
    let session = Session::new(SessionSpec {
        accounts: Vec::new(),
        regions: Vec::new(),
        endpoint_url: None,
        http_client: None,
        time_source: None,
        sleep: None,
        simulated: false,
        app_name: "lifeboat".into(),
        user: "ann".into(),
        automation: Names::default(),
        budgets: Budgets::unlimited(),
    });
    let time = clock(move || sim.now());
    let client = session.http_client().clone();
    let probes = Probes::new(client, Arc::new(Network), time);
    let host = ("www.learn.example".to_owned(), listening.addr());
    (listening, probes.with_hosts([host].into()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_the_config_sends_elsewhere_is_asked_there_by_its_name() {
    let (listening, probes) = sent_elsewhere().await;
    let via = Some(listening.addr().to_string());
    for url in [
        "http://www.learn.example/health",
        "http://WWW.Learn.Example:8080?deep",
    ] {
        let seen = probes.look(&Source::Http { url: url.into() }).await;
        let Ok(Found::Http(answer)) = seen.found else { panic!("{seen:?}") };
        assert_eq!((answer.status, &answer.via), (200, &via), "{url}");
        assert!(answer.start.contains("eu-west-1"), "{answer:?}");
    }
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_never_sent_elsewhere_and_other_hosts_go_their_own_way() {
    let (listening, probes) = sent_elsewhere().await;
    let url = "https://www.learn.example/health".to_owned();
    let seen = probes.look(&Source::Http { url }).await;
    let failure = seen.found.expect_err("TLS is not sent elsewhere");
    assert_eq!(failure.kind, FailureKind::Other);
    assert!(failure.to_string().contains("http:// alone"), "{failure}");
    let url = "http://nowhere.invalid/".to_owned();
    let seen = probes.look(&Source::Http { url }).await;
    assert!(seen.found.is_err());
    listening.stop().await;
}
