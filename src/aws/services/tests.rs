use std::collections::BTreeSet;

use super::*;
use crate::rates::READS;

#[test]
fn every_row_is_found_by_what_it_watches() {
    for row in SERVICES {
        let Some(what) = &row.watched else { continue };
        assert_eq!(row.name, what.name());
        assert!(!what.is_targeted(), "{}", row.name);
    }
}

#[test]
fn no_operation_that_changes_anything_is_a_read() {
    assert!(is_read("rds", "DescribeDBInstances"));
    assert!(!is_read("backup", "DescribeDBInstances"));
    for row in SERVICES {
        for read in row.reads {
            let (_, operation) = read.split_once(':').unwrap();
            let looks = ["List", "Describe", "Get", "Lookup"];
            let looks = looks.iter().any(|word| operation.starts_with(word));
            // With a visibility timeout of 0, as the look's own test holds,
            // a message stays as it is.
            assert!(looks || *read == "sqs:ReceiveMessage", "{read}");
        }
    }
}

#[test]
fn a_budget_can_be_set_for_every_operation_that_is_read() {
    let reads = SERVICES.iter().flat_map(|row| row.reads).copied();
    let reads: BTreeSet<&str> = reads.collect();
    let named: Vec<&str> = reads.into_iter().collect();
    assert_eq!(named, READS);
}

#[test]
fn what_is_global_is_asked_where_aws_homes_it_and_once() {
    let regions = ["eu-west-1".into(), "eu-central-1".into()];
    let sources = sources(&"111122223333".into(), &regions);
    let zones = sources.iter().filter(|source| {
        matches!(source, Source::Aws { what: What::Zones, .. })
    });
    let places: Vec<_> = zones.map(|source| source.region()).collect();
    assert_eq!(places, [Some(&Region::new("us-east-1"))]);
}
