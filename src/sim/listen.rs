//! The same on a loopback port, for other clients.
//!
//! HTTP/1.1 for AWS clients and for the world's HTTP names (told apart by the
//! signature), DNS over UDP for its zones. Two faults look different from a
//! real network, because the listener has accepted before it knows whom the
//! call is for: a dark Region accepts and never answers until the client
//! gives up, and a lost answer is a connection closed after the act.

mod steer;

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http::request::Parts;
use http::{Request as HttpRequest, Response as HttpResponse, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{Answer, End, Sim, dns};
use crate::wire::{Request, Response};

/// How long an answer under way may still take once the listener stops.
const GRACE: Duration = Duration::from_millis(200);

/// The largest DNS question read, in bytes.
const DNS_QUESTION: usize = 4096;

/// A simulator that listens; it stops when [`Listening::stop`] is called or
/// this is dropped.
#[derive(Debug)]
pub struct Listening {
    addr: SocketAddr,
    dns: SocketAddr,
    stop: watch::Sender<()>,
    tasks: JoinSet<()>,
}

impl Listening {
    /// Where HTTP is answered.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where DNS is answered, over UDP.
    pub fn dns(&self) -> SocketAddr {
        self.dns
    }

    /// Takes no more calls, gives those under way 200 ms, and ends.
    pub async fn stop(mut self) {
        self.stop.send_replace(());
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Serves the simulated AWS on `addr` and its DNS on `dns_addr` (port 0
/// picks a free one).
pub async fn listen(
    sim: Sim,
    addr: SocketAddr,
    dns_addr: SocketAddr,
) -> io::Result<Listening> {
    let tcp = TcpListener::bind(addr).await?;
    let udp = UdpSocket::bind(dns_addr).await?;
    let (addr, dns) = (tcp.local_addr()?, udp.local_addr()?);
    let (stop, stopped) = watch::channel(());
    let mut tasks = JoinSet::new();
    tasks.spawn(accept(sim.clone(), tcp, stopped.clone()));
    tasks.spawn(answer_dns(sim, udp, stopped));
    Ok(Listening { addr, dns, stop, tasks })
}

async fn accept(sim: Sim, tcp: TcpListener, mut stopped: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    let ended = stopped.clone();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            accepted = tcp.accept() => {
                if let Ok((stream, _)) = accepted {
                    let ended = ended.clone();
                    connections.spawn(serve(sim.clone(), stream, ended));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn serve(sim: Sim, stream: TcpStream, mut stopped: watch::Receiver<()>) {
    let service = service_fn(move |request| {
        let sim = sim.clone();
        async move { reply(&sim, request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        // A client that went away is not our failure.
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(GRACE, connection).await;
        }
    }
}

/// Ends the connection without an answer.
#[derive(Debug)]
struct Hangup;

impl fmt::Display for Hangup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the simulated answer is lost")
    }
}

impl Error for Hangup {}

async fn reply(
    sim: &Sim,
    request: HttpRequest<Incoming>,
) -> Result<HttpResponse<Full<Bytes>>, Hangup> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Hangup)?.to_bytes();
    if let Some(told) = steer::answer(sim, &parts, &body) {
        return Ok(told);
    }
    let request = read(&parts, &body);
    let Answer { delay, end } = sim.answer(&request);
    if !delay.is_zero() {
        sleep(delay).await;
    }
    match end {
        End::Response(response) => Ok(write(response)),
        End::Unreachable | End::Unanswered => {
            match pending::<Infallible>().await {}
        }
        End::Broken => Err(Hangup),
        End::Nowhere(host) => Ok(text(
            StatusCode::NOT_FOUND,
            format!("{host} is not a name of the simulated world\n"),
        )),
    }
}

fn read(parts: &Parts, body: &Bytes) -> Request {
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), value.into_owned())
    });
    Request {
        method: parts.method.as_str().to_owned(),
        uri: parts.uri.to_string(),
        headers: headers.collect(),
        body: body.to_vec(),
    }
}

fn write(response: Response) -> HttpResponse<Full<Bytes>> {
    let mut builder = HttpResponse::builder().status(response.status);
    for (name, value) in response.headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(Bytes::from(response.body))).unwrap_or_else(
        |error| text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    )
}

fn text(status: StatusCode, body: String) -> HttpResponse<Full<Bytes>> {
    let mut response = HttpResponse::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
}

async fn answer_dns(
    sim: Sim,
    udp: UdpSocket,
    mut stopped: watch::Receiver<()>,
) {
    let mut question = vec![0; DNS_QUESTION];
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            asked = udp.recv_from(&mut question) => {
                let Ok((length, from)) = asked else { continue };
                if let Some(answer) = dns::answer(&sim, &question[..length]) {
                    // Nobody hears a lost datagram; the client asks again.
                    let _ = udp.send_to(&answer, from).await;
                }
            }
        }
    }
}
