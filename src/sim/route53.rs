//! The simulated service `route53`.

use super::world::Service;

/// Its operations.
pub const SERVICE: Service =
    Service { signing_name: "route53", handlers: &[] };
