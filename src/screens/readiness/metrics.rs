//! The section of metrics.

use super::section::Section;

pub(super) const SECTION: Section = Section {
    title: "Metrics",
    empty: "no metric",
    columns: || Vec::new(),
    lines: |_, _| Vec::new(),
    detail: |_, _, _| Vec::new(),
};
