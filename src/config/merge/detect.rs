//! The queues that detection looks into.

use super::Merge;
use crate::config::file::RawDetect;
use crate::config::problem::Problem;
use crate::estate::queue::source;

impl Merge<'_> {
    pub(super) fn queues(&mut self, detect: &[RawDetect]) {
        for one in detect {
            let url = one.queue.get_ref();
            if let Some(source) = source(url) {
                self.config.queues.push(source);
                continue;
            }
            let text = format!(
                "`{url}` is no queue; one looks like \
                 `https://sqs.eu-west-1.amazonaws.com/111122223333/lifeboat`"
            );
            let span = one.queue.span();
            let problem = Problem::in_text(self.path, self.text, &span, text);
            self.config.problems.push(problem);
        }
    }
}
