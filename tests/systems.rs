//! The table of docs/systems.md, pressed key by key on the real loop and the
//! simulated AWS: each finding it names stands on the screen.

mod flow;

use std::fmt::Write as _;
use std::time::Duration;

use flow::{Flow, play};
use lifeboat::estate::Source;
use lifeboat::journal::disk::MemoryDisk;

const TABLE: &str = include_str!("../docs/systems.md");

/// The systems that a guide to backup and recovery on AWS names, each the
/// beginning of a row.
const NAMED: [&str; 27] = [
    "S3 versioning",
    "S3 cross-Region replication",
    "EBS snapshots",
    "EBS snapshot copies",
    "RDS automated backups",
    "RDS snapshots and their copies",
    "RDS cross-Region replicas",
    "EFS",
    "FSx",
    "AWS Backup",
    "CloudFormation",
    "CDK",
    "Terraform",
    "Lambda",
    "Step Functions",
    "EventBridge",
    "CloudWatch",
    "Config",
    "CloudTrail",
    "Route 53",
    "Global Accelerator",
    "VPC peering",
    "Transit Gateway",
    "KMS",
    "ECS",
    "CloudFront",
    "tags",
];

/// A row of the table.
struct Row {
    system: &'static str,
    finding: &'static str,
    keys: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| line.starts_with("| "));
    lines
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> =
                line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [system, _, finding, keys] = cells[..] else {
                panic!("not four cells: {line}");
            };
            Row { system, finding, keys }
        })
        .collect()
}

/// Presses what a cell says: `key` in backquotes, "text" in quotes.
async fn press(flow: &mut Flow, keys: &str) {
    for (place, part) in keys.split(['`', '"']).enumerate() {
        let quoted = place % 2 == 1;
        if !quoted {
            assert_eq!(part.trim(), "", "between keys: {keys}");
        } else if keys.contains(&format!("\"{part}\"")) {
            flow.text(part).await;
        } else {
            flow.keys(&part.to_lowercase()).await;
        }
    }
    settle(flow).await;
}

async fn settle(flow: &mut Flow) {
    flow.wait(Duration::from_millis(100)).await;
    flow.console.draw().expect("memory takes every frame");
}

/// A console whose every look has come back once.
async fn seen(size: (u16, u16)) -> Flow {
    let sim = play("training-platform", 1);
    let mut flow = Flow::on(sim, MemoryDisk::new(), size, None);
    for _ in 0..150 {
        flow.wait(Duration::from_secs(1)).await;
        let estate = &flow.console.model.estate;
        let mut waiting = estate.sources().filter(|(source, known)| {
            matches!(source, Source::Aws { .. }) && known.seen.is_none()
        });
        if waiting.next().is_none() && estate.sources().count() > 100 {
            break;
        }
    }
    flow
}

/// The words of what stands in front, without frames, scroll bars and the
/// breaks of lines.
fn words(flow: &Flow) -> String {
    let screen = flow.screen();
    let in_front = screen.contains('╔');
    let lines = screen.lines().filter_map(|line| {
        if !in_front {
            return Some(line);
        }
        let (_, inside) = line.split_once('║')?;
        Some(inside.rsplit_once('║')?.0)
    });
    let text = lines.collect::<Vec<_>>().join(" ");
    let words = text.split(|c: char| c.is_whitespace() || "│█".contains(c));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_table_names_every_system() {
    let rows = rows();
    let named: Vec<&str> = rows.iter().map(|row| row.system).collect();
    assert_eq!(named, NAMED);
}

/// Presses the keys of each row and gives those whose finding was not seen,
/// with what was.
async fn missing(size: (u16, u16), pages: usize) -> String {
    let mut flow = seen(size).await;
    let mut missing = String::new();
    for row in rows() {
        press(&mut flow, row.keys).await;
        let mut told = words(&flow).contains(row.finding);
        for _ in 0..pages {
            if told {
                break;
            }
            flow.keys("space").await;
            settle(&mut flow).await;
            told = words(&flow).contains(row.finding);
        }
        if !told {
            let screen = flow.screen();
            let _ =
                writeln!(missing, "{}: {}\n{screen}", row.system, row.finding);
        }
        flow.keys("esc esc esc 1").await;
    }
    missing
}

#[tokio::test(start_paused = true)]
async fn every_finding_of_the_table_is_on_the_screen() {
    let missing = missing((160, 48), 0).await;
    assert!(missing.is_empty(), "{missing}");
}

#[tokio::test(start_paused = true)]
async fn a_small_terminal_reaches_every_finding() {
    let missing = missing((80, 24), 40).await;
    assert!(missing.is_empty(), "{missing}");
}
