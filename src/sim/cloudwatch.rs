//! The simulated service `monitoring`.

use super::world::Service;

/// Its operations.
pub const SERVICE: Service =
    Service { signing_name: "monitoring", handlers: &[] };
