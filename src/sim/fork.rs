//! A simulated AWS at a moment, to go on from more than once.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::{Inner, Sim, SimClock, State};

/// All that a simulated AWS held at a moment.
#[derive(Clone)]
pub struct Moment {
    state: State,
    at: Timestamp,
}

impl Moment {
    /// When it was.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Another AWS that goes on from here. Its clock begins at
    /// [`Moment::at`], or what happens there happens at other times.
    pub fn go_on(&self, clock: SimClock) -> Sim {
        let state = Mutex::new(self.state.clone());
        Sim(Arc::new(Inner { clock, state }))
    }
}

impl Sim {
    /// All that it holds now: the world, faults with their counts, and what
    /// it was asked.
    pub fn moment(&self) -> Moment {
        let at = self.now();
        let mut state = self.state();
        state.world.advance(at);
        Moment { state: state.clone(), at }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::faults::{Effect, Rule};
    use super::super::world::World;
    use super::*;

    #[test]
    fn what_goes_on_from_a_moment_changes_neither_it_nor_its_origin() {
        let start = Timestamp::UNIX_EPOCH;
        let clock = SimClock::manual(start);
        let sim = Sim::new(World::new(start), clock.clone());
        sim.world(|world| {
            world.add_account("111122223333", "one");
        });
        let moment = sim.moment();
        clock.advance(SignedDuration::from_secs(5));
        let other = moment.go_on(SimClock::manual(moment.at()));
        other.world(|world| {
            world.add_account("444455556666", "two");
        });
        other.inject(Rule::every(Effect::Dark));
        let accounts = |sim: &Sim| sim.world(|w| w.accounts().count());
        assert_eq!((accounts(&sim), accounts(&other)), (1, 2));
        assert_eq!(other.now(), start);
        let again = moment.go_on(SimClock::manual(moment.at()));
        assert_eq!(accounts(&again), 1);
    }
}
