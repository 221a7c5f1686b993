//! The simulated service `sqs`: messages that lie in a queue.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::value::{number, text};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations.
pub const SERVICE: Service = Service {
    signing_name: "sqs",
    handlers: &[("ReceiveMessage", receive)],
    shelves: &["sqs:queue", "sqs:message"],
};

/// The messages of a queue. An item has its queue and the event that is its
/// body; a message stays visible, as nobody asks for anything else.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
fn receive(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let url = text(input, "QueueUrl").unwrap_or_default();
    let name = url.rsplit('/').next().unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    if place.shelves.one("sqs:queue", name).is_none() {
        return Err(refuse(
            400,
            "QueueDoesNotExist",
            "The specified queue does not exist.",
        ));
    }
    if number(input, "VisibilityTimeout") != Some(0) {
        let why = "Only a visibility timeout of 0 is simulated.";
        return Err(refuse(400, "InvalidParameterValue", why));
    }
    let most = number(input, "MaxNumberOfMessages").unwrap_or(1);
    let most = usize::try_from(most).unwrap_or(1);
    let all = place.shelves.all("sqs:message");
    let own = all.filter(|(_, item)| text(item, "Queue") == Some(name));
    let shown = own.take(most).map(|(id, item)| {
        json!({
            "MessageId": id,
            "ReceiptHandle": format!("receipt-{id}"),
            "Body": item["Event"].to_string(),
        })
    });
    Ok(json!({ "Messages": shown.collect::<Vec<_>>() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};
    use crate::sim::world::value::list;

    #[test]
    fn a_message_lies_there_for_everyone_who_looks() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        shelves.put("sqs:queue", "q", json!({}));
        let item = json!({ "Queue": "q", "Event": { "source": "aws.rds" } });
        shelves.put("sqs:message", "m-1", item);
        let input = json!({
            "QueueUrl": format!("https://sqs.{WEST}.amazonaws.com/{ACCOUNT}/q"),
            "VisibilityTimeout": 0,
            "MaxNumberOfMessages": 10,
        });
        let op = "sqs:ReceiveMessage";
        for _ in 0..2 {
            let told = lab.get(WEST, op, &input);
            let body = &told["Messages"][0]["Body"];
            assert_eq!(body, "{\"source\":\"aws.rds\"}");
            assert_eq!(list(&told, "Messages").len(), 1);
        }
        let mut none = input;
        none["QueueUrl"] = json!("https://sqs.x/1/none");
        let code = lab.refusal(WEST, op, &none);
        assert_eq!(code, "QueueDoesNotExist");
    }
}
