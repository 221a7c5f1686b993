//! The simulated name servers, as DNS messages.

use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::Sim;
use super::world::dns::{Answer, AnswerRecord};

/// Answers one DNS message. What is no message gets no answer.
///
/// Every zone is public here, and a name of no zone does not exist: nothing
/// is asked of a real name server.
pub(super) fn answer(sim: &Sim, question: &[u8]) -> Option<Vec<u8>> {
    let asked = Message::from_vec(question).ok()?;
    let mut told = Message::response(asked.metadata.id, OpCode::Query);
    told.metadata.recursion_desired = asked.metadata.recursion_desired;
    told.metadata.authoritative = true;
    told.metadata.recursion_available = true;
    let Some(query) = asked.queries.first() else {
        told.metadata.response_code = ResponseCode::FormErr;
        return told.to_vec().ok();
    };
    told.add_query(query.clone());
    let name = query.name().to_ascii();
    let kind = query.query_type().to_string();
    match sim.resolve(&name, &kind) {
        Answer::Records(records) => {
            told.add_answers(records.iter().filter_map(record));
        }
        Answer::NoData => {}
        Answer::NoName => {
            told.metadata.response_code = ResponseCode::NXDomain;
        }
    }
    told.to_vec().ok()
}

/// A record as it travels; one whose value is malformed does not.
fn record(from: &AnswerRecord) -> Option<Record> {
    let name = dotted(&from.name)?;
    let kind: RecordType = from.kind.parse().ok()?;
    let value = match kind {
        RecordType::CNAME | RecordType::NS if !from.value.ends_with('.') => {
            format!("{}.", from.value)
        }
        _ => from.value.clone(),
    };
    let data = RData::try_from_str(kind, &value).ok()?;
    Some(Record::from_rdata(name, from.ttl, data))
}

fn dotted(name: &str) -> Option<Name> {
    let mut name = Name::from_ascii(name).ok()?;
    name.set_fqdn(true);
    Some(name)
}
