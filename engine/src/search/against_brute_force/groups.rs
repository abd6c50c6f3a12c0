//! Checks groups against all hits in their order: each owner ranks where its best hit does.

use rand::RngExt;

use super::things::THINGS;
use super::world::{World, bits};
use crate::*;

/// Checks the groups of every plan.
pub(super) fn check_groups(world: &mut World, query: &Query, all: &[Ranked]) {
    let hits_max = world.random.random_range(1..5);
    let plans = PlanName::ALL.into_iter().map(Some);
    for plan in plans.chain([None]) {
        let query = Query {
            plan,
            offset: query.offset % 7,
            limit: 1 + query.limit % 12,
            ..query.clone()
        };
        check_groups_by(world, &query, hits_max, all);
    }
}

fn check_groups_by(world: &World, query: &Query, hits_max: usize, all: &[Ranked]) {
    let mut expected: Vec<(Option<Key>, Vec<Ranked>)> = Vec::new();
    for &ranked in all {
        let owner = world.documents[&ranked.key].owner;
        let group = expected
            .iter_mut()
            .find(|(of, _)| owner.is_some() && *of == owner);
        match group {
            Some((_, hits)) => hits.push(ranked),
            None => expected.push((owner, vec![ranked])),
        }
    }
    let found = world
        .reader
        .search_groups_as(THINGS.collection, query, hits_max, |hit| Ranked {
            probe: hit.probe,
            key: hit.document.key,
            rank_value: hit.rank_value,
            distance_m: hit.distance_m,
        });
    let GroupedPage {
        page: found,
        groups_total,
    } = found.unwrap();
    let groups = &expected[query.offset.min(expected.len())..];
    let groups = &groups[..query.limit.min(groups.len())];
    assert_eq!(found.hits.len(), groups.len(), "{query:?}");
    for (found, (owner, hits)) in found.hits.iter().zip(groups) {
        assert_eq!(found.owner, *owner, "{query:?}");
        assert_eq!(found.total, hits.len() as u64, "{query:?}");
        let first = &hits[..hits_max.min(hits.len())];
        assert_eq!(bits(&found.hits), bits(first), "{query:?}");
    }
    assert!(!found.trace.is_partial);
    let (matching, groups) = (all.len() as u64, expected.len() as u64);
    match (query.count, found.total, groups_total) {
        (Count::None, None, None) => {}
        (Count::UpTo(limit), Some(total), Some(groups_total)) if matching > limit => {
            assert!(!total.is_exact && !groups_total.is_exact);
            assert!(total.value <= matching && total.value >= limit);
            assert!(groups_total.value <= groups && groups_total.value > 0);
        }
        (_, Some(total), Some(groups_total)) => {
            assert_eq!((total.value, total.is_exact), (matching, true), "{query:?}");
            assert_eq!((groups_total.value, groups_total.is_exact), (groups, true));
        }
        (_, total, groups_total) => panic!("{query:?}: {total:?}, {groups_total:?}"),
    }
}
