//! Changes to DynamoDB.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Change, Survival};
use crate::estate::ids::{Account, Region};

/// A table is made as another one was at a moment.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreTable {
    /// The account of both.
    pub account: Account,
    /// The Region of both.
    pub region: Region,
    /// The ARN of the original, as a look told it.
    pub source: String,
    /// The name of the new one.
    pub table: String,
    /// The moment; none is the latest that can be restored.
    pub time: Option<Timestamp>,
}

impl RestoreTable {
    /// Its IAM action.
    pub const ACTION: &str = "dynamodb:RestoreTableToPointInTime";
}

impl Change for RestoreTable {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "restore the table to that time"
    }

    fn target(&self) -> &str {
        &self.table
    }

    fn survival(&self) -> Survival {
        Survival::NameTaken
    }

    fn resource(&self) -> Option<String> {
        let (own, _) = self.source.rsplit_once('/')?;
        Some(format!("{own}/{}", self.table))
    }

    fn request(&self) -> Value {
        let mut request = json!({
            "SourceTableArn": self.source,
            "TargetTableName": self.table,
        });
        match self.time {
            Some(at) => request["RestoreDateTime"] = json!(at.to_string()),
            None => request["UseLatestRestorableTime"] = json!(true),
        }
        request
    }

    fn creates(&self) -> bool {
        true
    }
}
