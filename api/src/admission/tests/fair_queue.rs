//! Fair sharing, with time passed in.

use std::time::{Duration, Instant};

use super::super::fair_queue::{Entry, FairQueue, Rejection};

const MS: Duration = Duration::from_millis(1);

/// A queue of jobs that are named, with the time at which it was created.
struct Queue {
    queue: FairQueue<&'static str, &'static str>,
    start: Instant,
}

impl Queue {
    fn new(waiting_max: usize) -> Queue {
        Queue {
            queue: FairQueue::new(waiting_max),
            start: Instant::now(),
        }
    }

    fn push(&mut self, client: &'static str, job: &'static str, cost: Duration) {
        self.try_push((client, 1.0), job, cost, 60_000 * MS)
            .unwrap();
    }

    fn try_push(
        &mut self,
        client: (&'static str, f64),
        job: &'static str,
        cost: Duration,
        wait_max: Duration,
    ) -> Result<(), Rejection> {
        let start_before = self.start + wait_max;
        let entry = Entry {
            job,
            cost,
            start_before,
        };
        self.queue.push(client, entry, 1, self.start)
    }

    fn pop(&mut self) -> Option<&'static str> {
        self.pop_after(Duration::ZERO)
    }

    fn pop_after(&mut self, passed: Duration) -> Option<&'static str> {
        let next = self
            .queue
            .pop(self.start + passed, |job| *job != "abandoned");
        next.map(|(_, entry)| entry.job)
    }

    fn pop_all(&mut self) -> Vec<&'static str> {
        std::iter::from_fn(|| self.pop()).collect()
    }
}

#[test]
fn a_client_with_one_job_does_not_wait_for_all_jobs_of_another() {
    let mut queue = Queue::new(100);
    for _ in 0..50 {
        queue.push("many", "many", 10 * MS);
    }
    assert_eq!(queue.pop(), Some("many"));
    queue.push("one", "one", 10 * MS);
    assert_eq!(queue.pop(), Some("one"));
    assert_eq!(queue.pop(), Some("many"));
}

#[test]
fn clients_get_equal_time_and_not_equal_numbers_of_jobs() {
    let mut queue = Queue::new(100);
    for _ in 0..4 {
        queue.push("slow", "slow", 30 * MS);
    }
    for _ in 0..12 {
        queue.push("fast", "fast", 10 * MS);
    }
    let first: Vec<&str> = (0..8).filter_map(|_| queue.pop()).collect();
    let slow = first.iter().filter(|job| **job == "slow").count();
    assert_eq!(slow, 2, "{first:?}");
}

#[test]
fn a_client_with_twice_the_weight_gets_twice_the_time() {
    let mut queue = Queue::new(100);
    for _ in 0..40 {
        for (client, weight) in [("light", 1.0), ("heavy", 2.0)] {
            let pushed = queue.try_push((client, weight), client, 10 * MS, 60_000 * MS);
            pushed.unwrap();
        }
    }
    let first: Vec<&str> = (0..30).filter_map(|_| queue.pop()).collect();
    let heavy = first.iter().filter(|job| **job == "heavy").count();
    assert!((19..=21).contains(&heavy), "{first:?}");
}

#[test]
fn the_time_that_a_job_took_counts_and_is_forgotten_after_a_while() {
    let mut queue = Queue::new(100);
    for client in ["a", "b"] {
        queue.push(client, client, MS);
        assert_eq!(queue.pop(), Some(client));
    }
    let (estimated, start) = (MS, queue.start);
    queue.queue.settle("a", estimated, 900 * MS, start);
    queue.queue.settle("b", estimated, 2 * MS, start);
    queue.push("a", "a", MS);
    queue.push("b", "b", MS);
    assert_eq!(queue.pop(), Some("b"));
    assert_eq!(queue.pop(), Some("a"));
    // A minute later the client is served before one that has used 50 ms just now.
    let minute = 60_000 * MS;
    queue.push("c", "c", 50 * MS);
    assert_eq!(queue.pop_after(minute - MS), Some("c"));
    let entry = |job| Entry {
        job,
        cost: MS,
        start_before: start + 2 * minute,
    };
    for client in ["c", "a"] {
        let pushed = queue
            .queue
            .push((client, 1.0), entry(client), 1, start + minute);
        pushed.unwrap();
    }
    assert_eq!(queue.pop_after(minute), Some("a"));
}

#[test]
fn a_job_that_would_wait_for_too_long_is_rejected_at_once() {
    let mut queue = Queue::new(100);
    for _ in 0..10 {
        queue.push("many", "many", 100 * MS);
    }
    let rejected = queue.try_push(("many", 1.0), "late", MS, 500 * MS);
    let Err(Rejection::WaitTooLong(wait)) = rejected else {
        panic!("{rejected:?}");
    };
    assert_eq!(wait.as_millis(), 1_000);
    // Another client is served before most of these jobs.
    let pushed = queue.try_push(("one", 1.0), "in time", MS, 500 * MS);
    assert_eq!(pushed, Ok(()));
}

#[test]
fn jobs_that_have_waited_in_vain_are_not_served() {
    let mut queue = Queue::new(100);
    queue.try_push(("a", 1.0), "expired", MS, 10 * MS).unwrap();
    queue.push("a", "abandoned", MS);
    queue.push("a", "in time", MS);
    assert_eq!(queue.pop_after(20 * MS), Some("in time"));
    assert_eq!(queue.queue.len(), 0);
}

#[test]
fn a_full_queue_drops_the_last_job_of_the_client_that_is_furthest_over_its_share() {
    let mut queue = Queue::new(4);
    for job in ["1", "2", "3", "4"] {
        queue.push("many", job, 10 * MS);
    }
    let full = queue.try_push(("many", 1.0), "5", 10 * MS, 60_000 * MS);
    assert_eq!(full, Err(Rejection::Full));
    queue.push("one", "one", 10 * MS);
    assert_eq!(queue.pop_all(), ["1", "one", "2", "3"]);
}
