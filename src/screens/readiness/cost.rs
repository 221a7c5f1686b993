//! The section of cost.

use super::section::Section;

pub(super) const SECTION: Section = Section {
    title: "Cost",
    empty: "no price",
    columns: || Vec::new(),
    lines: |_, _| Vec::new(),
    detail: |_, _, _| Vec::new(),
};
