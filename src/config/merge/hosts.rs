//! `[hosts]`: where HTTP probes of some hosts go instead.

use std::collections::BTreeMap;

use toml::Spanned;

use super::super::{Origin, Setting};
use super::Merge;

impl Merge<'_> {
    pub(super) fn hosts(
        &mut self,
        hosts: BTreeMap<Spanned<String>, Spanned<String>>,
    ) {
        let mut told = Vec::new();
        for (name, said) in hosts {
            if !is_host(name.get_ref()) {
                let text = format!(
                    "`{}` is no name of a host, such as `app.example`",
                    name.get_ref()
                );
                self.complain_at(&name, text);
            } else if let Ok(address) = said.get_ref().parse() {
                let host = name.get_ref().trim_end_matches('.');
                let host = host.to_ascii_lowercase();
                told.push(format!("{host}={address}"));
                self.config.hosts.insert(host, address);
            } else {
                let text = format!(
                    "`{}` is no address with a port, such as \
                     `127.0.0.1:8080`",
                    said.get_ref()
                );
                self.complain_at(&said, text);
            }
        }
        let origin =
            if told.is_empty() { Origin::Default } else { Origin::File };
        let value = told.join(",");
        self.config.origins.push(Setting { name: "hosts", value, origin });
    }
}

/// Whether a text is built like the name of a host, without scheme or port.
fn is_host(name: &str) -> bool {
    let label = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    name.strip_suffix('.').unwrap_or(name).split('.').all(label)
}
