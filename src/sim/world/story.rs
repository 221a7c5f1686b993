//! What happens to the world at which moment.

use serde_json::Value;

use super::Condition;
use super::database::WhenSourceDies;

/// Something that happens to the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A Region changes how it does.
    Region {
        /// The Region.
        region: String,
        /// How it does from then on.
        condition: Condition,
    },
    /// A replica stops replicating with an error (lag -1), or does again.
    Replication {
        /// The account of the replica.
        account: String,
        /// The Region of the replica.
        region: String,
        /// The replica.
        instance: String,
        /// True from when it is broken.
        broken: bool,
    },
    /// A replica's usual lag, and what it does without its source, change.
    Lag {
        /// The account of the replica.
        account: String,
        /// The Region of the replica.
        region: String,
        /// The replica.
        instance: String,
        /// The usual lag in seconds.
        seconds: f64,
        /// What it does when the source is dead.
        when_source_dies: WhenSourceDies,
    },
    /// A site answers this status whatever its backing does; none lifts it.
    Site {
        /// The site's host name.
        host: String,
        /// The status.
        status: Option<u16>,
    },
    /// An item on a shelf changes, or is gone.
    Item {
        /// The account.
        account: String,
        /// The Region.
        region: String,
        /// Its kind, such as `s3:bucket`.
        kind: String,
        /// Its id.
        id: String,
        /// The members laid over its own; none takes it away.
        members: Option<Value>,
    },
    /// Every job of an account in a Region that runs now fails.
    FailJobs {
        /// The account.
        account: String,
        /// The Region.
        region: String,
        /// Why, as the jobs will say.
        message: String,
    },
}
