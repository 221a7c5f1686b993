//! How the world moves: the story, then everything under way.

use jiff::Timestamp;

use super::World;
use super::story::Effect;

impl World {
    /// Moves everything up to `now`: what the story holds, in its order, and
    /// between its moments jobs, databases, changes, checks and alarms. A
    /// moment in the past changes nothing.
    pub fn advance(&mut self, now: Timestamp) {
        while let Some((at, _)) = self.story.front()
            && *at <= now
        {
            let (at, effect) =
                self.story.pop_front().expect("it was there just now");
            self.step(at);
            self.befall(at, effect);
        }
        self.step(now);
    }

    /// Moves everything to a moment before which the story has nothing.
    fn step(&mut self, to: Timestamp) {
        if to <= self.now {
            return;
        }
        self.now = to;
    }

    fn befall(&mut self, at: Timestamp, effect: Effect) {
        if let Effect::Region { region, condition } = effect {
            self.set_condition(&region, at, condition);
        }
    }
}
