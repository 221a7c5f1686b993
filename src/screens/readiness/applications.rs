//! The section of applications.

use super::section::Section;

pub(super) const SECTION: Section = Section {
    title: "Applications",
    empty: "no application was seen yet",
    columns: || Vec::new(),
    lines: |_, _| Vec::new(),
    detail: |_, _, _| Vec::new(),
};
