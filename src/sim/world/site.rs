//! HTTP endpoints of simulated applications, and what they answer.

/// What decides whether a site answers well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backing {
    /// Nothing but its Region.
    Static,
    /// A writable, available database behind this DNS name.
    Database(String),
}

/// An application endpoint, such as a load balancer, in a Region.
#[derive(Clone, Debug)]
pub struct Site {
    /// The host name it answers for, without a final dot.
    pub host: String,
    /// Further host names it accepts (the application's public names).
    pub aliases: Vec<String>,
    /// The Region it runs in.
    pub region: String,
    /// What must work for it to work.
    pub backing: Backing,
    /// Answers this status whatever its backing does, if set.
    pub forced_status: Option<u16>,
}

/// What comes back from an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpAnswer {
    /// An answer.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// The connection is never made.
    Timeout,
    /// The name has no address.
    NoName,
}
