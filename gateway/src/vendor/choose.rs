//! Which vendor gets a new bucket: the pinned one, or by capability, region and health, then priority, then latency.

use std::cmp::Reverse;
use std::time::Duration;

use super::About;
use crate::state::Access;

/// How a vendor is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it answers.
    pub up: bool,
    /// How long that takes, if it is known.
    pub latency: Option<Duration>,
}

/// A vendor that may be chosen.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// What it can.
    pub about: &'a About,
    /// How it is doing.
    pub health: Health,
}

/// What the caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish<'a> {
    /// The vendor by name.
    pub vendor: Option<&'a str>,
    /// The region.
    pub region: Option<&'a str>,
    /// Who shall read the objects.
    pub access: Access,
    /// Whether the vendor must keep count of the account's bytes, since they have a limit.
    pub counted: bool,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The candidate's place.
    pub index: usize,
    /// The region there.
    pub region: String,
    /// Why, in one line for operators.
    pub reason: String,
}

/// Why nothing was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no vendor of this name.
    UnknownVendor {
        /// The names that there are.
        known: Vec<String>,
    },
    /// The vendor, or none of those that could, is in this region.
    UnknownRegion {
        /// The regions that would do.
        known: Vec<String>,
    },
    /// The vendor, or if none is named any of them, can't make objects readable for everybody.
    AclUnsupported {
        /// The vendor that was asked for.
        vendor: Option<String>,
    },
    /// The vendor doesn't keep count of bytes, and this account's are limited.
    Uncounted {
        /// The vendor that was asked for.
        vendor: String,
    },
    /// No vendor that would do is up.
    NoneUp,
}

/// Chooses. Candidates stand in the order of the configuration, which decides where nothing else does.
///
/// # Errors
/// What the wish fails at.
pub fn choose(candidates: &[Candidate<'_>], wish: Wish<'_>) -> Result<Choice, Refusal> {
    match wish.vendor {
        Some(name) => pinned(candidates, wish, name),
        None => routed(candidates, wish),
    }
}

/// A vendor that is down is chosen all the same: the caller wants this one, and the call itself tells.
fn pinned(candidates: &[Candidate<'_>], wish: Wish<'_>, name: &str) -> Result<Choice, Refusal> {
    let Some((index, candidate)) = candidates.iter().enumerate().find(|(_, candidate)| candidate.about.name == name)
    else {
        let known = candidates.iter().map(|candidate| candidate.about.name.clone()).collect();
        return Err(Refusal::UnknownVendor { known });
    };
    if wish.counted && !candidate.about.counts_bytes {
        return Err(Refusal::Uncounted { vendor: name.to_owned() });
    }
    if !can(candidate, wish) {
        return Err(Refusal::AclUnsupported { vendor: Some(name.to_owned()) });
    }
    let Some(region) = region(candidate, wish) else {
        return Err(Refusal::UnknownRegion { known: candidate.about.regions.clone() });
    };
    Ok(Choice { index, region: region.to_owned(), reason: "the caller named it".to_owned() })
}

fn routed(candidates: &[Candidate<'_>], wish: Wish<'_>) -> Result<Choice, Refusal> {
    let able: Vec<_> = candidates.iter().enumerate().filter(|(_, candidate)| can(candidate, wish)).collect();
    if able.is_empty() && !candidates.is_empty() {
        return Err(Refusal::AclUnsupported { vendor: None });
    }
    let there: Vec<_> = able.iter().filter(|(_, candidate)| region(candidate, wish).is_some()).collect();
    if there.is_empty() && !able.is_empty() {
        return Err(Refusal::UnknownRegion { known: regions(&able) });
    }
    let up: Vec<_> = there.iter().filter(|(_, candidate)| candidate.health.up).collect();
    let rank = |candidate: &Candidate<'_>| {
        let latency = candidate.health.latency;
        // Known before unknown, then the shorter.
        (candidate.about.priority, Reverse(latency.is_some()), latency)
    };
    // The first of equals.
    let Some((index, best)) = up.iter().min_by_key(|(_, candidate)| rank(candidate)) else {
        return Err(Refusal::NoneUp);
    };
    let same = up.iter().filter(|(_, candidate)| candidate.about.priority == best.about.priority).count();
    let also = up.iter().filter(|(_, candidate)| rank(candidate) == rank(best)).count();
    let why = match (up.len(), same, best.health.latency) {
        (1, _, _) => format!("the only one that would do{}", down(there.len() - up.len())),
        (_, 1, _) => format!("priority {} is the first of {} that would do", best.about.priority, up.len()),
        (_, _, Some(latency)) if also == 1 => {
            format!("the fastest of {same} with priority {}, {} ms", best.about.priority, latency.as_millis())
        }
        _ => format!("the first configured of {also} alike, priority {}", best.about.priority),
    };
    let region = region(best, wish).unwrap_or_default().to_owned();
    Ok(Choice { index: *index, region, reason: why })
}

fn down(count: usize) -> String {
    if count == 0 { String::new() } else { format!(", {count} down") }
}

fn can(candidate: &Candidate<'_>, wish: Wish<'_>) -> bool {
    (!wish.counted || candidate.about.counts_bytes) && may_read(candidate, wish)
}

fn may_read(candidate: &Candidate<'_>, wish: Wish<'_>) -> bool {
    wish.access == Access::Private || candidate.about.public
}

/// The region that was asked for, if the vendor has it, or its default.
fn region<'a>(candidate: &Candidate<'a>, wish: Wish<'_>) -> Option<&'a str> {
    let mut regions = candidate.about.regions.iter().map(String::as_str);
    regions.find(|region| wish.region.is_none_or(|wished| wished == *region))
}

/// All regions, each once, in order.
fn regions(candidates: &[(usize, &Candidate<'_>)]) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    for region in candidates.iter().flat_map(|(_, candidate)| &candidate.about.regions) {
        if !known.contains(region) {
            known.push(region.clone());
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(name: &str, regions: &[&str], public: bool, priority: u32) -> About {
        let regions = regions.iter().map(|region| (*region).to_owned()).collect();
        About { name: name.to_owned(), regions, public, priority, counts_bytes: false }
    }

    const UNKNOWN: Health = Health { up: true, latency: None };
    const DOWN: Health = Health { up: false, latency: None };

    fn fast(milliseconds: u64) -> Health {
        Health { up: true, latency: Some(Duration::from_millis(milliseconds)) }
    }

    fn ask(
        vendors: &[(About, Health)],
        vendor: Option<&str>,
        region: Option<&str>,
        access: Access,
    ) -> Result<(usize, String, String), Refusal> {
        let candidates: Vec<_> = vendors.iter().map(|(about, health)| Candidate { about, health: *health }).collect();
        let choice = choose(&candidates, Wish { vendor, region, access, counted: false })?;
        Ok((choice.index, choice.region, choice.reason))
    }

    fn texts(of: &[&str]) -> Vec<String> {
        of.iter().map(|text| (*text).to_owned()).collect()
    }

    use Access::{Private, Public};

    #[test]
    fn a_pinned_vendor_is_taken_or_refused_for_what_it_lacks() {
        let vendors = [(about("a", &["x"], false, 1), UNKNOWN), (about("b", &["y", "z"], true, 9), DOWN)];
        let named = "the caller named it".to_owned();
        assert_eq!(ask(&vendors, Some("b"), None, Public), Ok((1, "y".to_owned(), named.clone())));
        assert_eq!(ask(&vendors, Some("b"), Some("z"), Private), Ok((1, "z".to_owned(), named)));
        let known = texts(&["a", "b"]);
        assert_eq!(ask(&vendors, Some("c"), None, Private), Err(Refusal::UnknownVendor { known }));
        let vendor = Some("a".to_owned());
        assert_eq!(ask(&vendors, Some("a"), Some("?"), Public), Err(Refusal::AclUnsupported { vendor }));
        let known = texts(&["y", "z"]);
        assert_eq!(ask(&vendors, Some("b"), Some("x"), Private), Err(Refusal::UnknownRegion { known }));
    }

    #[test]
    fn each_filter_that_leaves_none_says_so() {
        let vendors = [(about("a", &["x"], false, 1), UNKNOWN), (about("b", &["y", "x"], false, 1), DOWN)];
        assert_eq!(ask(&vendors, None, Some("x"), Public), Err(Refusal::AclUnsupported { vendor: None }));
        let known = texts(&["x", "y"]);
        assert_eq!(ask(&vendors, None, Some("q"), Private), Err(Refusal::UnknownRegion { known }));
        assert_eq!(ask(&vendors, None, Some("y"), Private), Err(Refusal::NoneUp));
        assert_eq!(ask(&[], None, None, Public), Err(Refusal::NoneUp));
        assert_eq!(ask(&[], Some("a"), None, Public), Err(Refusal::UnknownVendor { known: vec![] }));
    }

    #[test]
    fn a_region_counts_only_where_the_access_is_possible() {
        let vendors = [(about("a", &["x"], false, 1), UNKNOWN), (about("b", &["y"], true, 1), UNKNOWN)];
        let known = texts(&["y"]);
        assert_eq!(ask(&vendors, None, Some("x"), Public), Err(Refusal::UnknownRegion { known }));
    }

    #[test]
    fn priority_comes_before_latency_and_latency_before_order() {
        let chosen = |vendors: &[(About, Health)]| {
            let (index, _, reason) = ask(vendors, None, None, Private).expect("a choice");
            (index, reason)
        };
        let vendor = |priority, health| (about("v", &["x"], false, priority), health);
        let text = |index: usize, reason: &str| (index, reason.to_owned());
        assert_eq!(chosen(&[vendor(5, UNKNOWN)]), text(0, "the only one that would do"));
        assert_eq!(chosen(&[vendor(5, UNKNOWN), vendor(1, DOWN)]), text(0, "the only one that would do, 1 down"));
        let priority = "priority 1 is the first of 2 that would do";
        assert_eq!(chosen(&[vendor(5, fast(1)), vendor(1, UNKNOWN)]), text(1, priority));
        let fastest = "the fastest of 3 with priority 5, 20 ms";
        assert_eq!(chosen(&[vendor(5, UNKNOWN), vendor(5, fast(30)), vendor(5, fast(20))]), text(2, fastest));
        let order = "the first configured of 2 alike, priority 5";
        assert_eq!(chosen(&[vendor(9, fast(1)), vendor(5, UNKNOWN), vendor(5, UNKNOWN)]), text(1, order));
        assert_eq!(chosen(&[vendor(5, fast(7)), vendor(5, fast(7))]), text(0, order));
    }

    #[test]
    fn the_default_region_is_the_first() {
        let vendors = [(about("a", &["x", "y"], true, 1), UNKNOWN)];
        assert_eq!(ask(&vendors, None, None, Public).expect("a choice").1, "x");
        assert_eq!(ask(&vendors, None, Some("y"), Public).expect("a choice").1, "y");
    }

    #[test]
    fn limited_bytes_go_where_they_are_counted() {
        let counting = About { counts_bytes: true, ..about("local", &["x"], true, 9) };
        let vendors = [(about("a", &["x"], true, 1), UNKNOWN), (counting, UNKNOWN)];
        let candidates: Vec<_> = vendors.iter().map(|(about, health)| Candidate { about, health: *health }).collect();
        let wish = |vendor| Wish { vendor, region: None, access: Private, counted: true };
        assert_eq!(choose(&candidates, wish(None)).map(|choice| choice.index), Ok(1));
        assert_eq!(choose(&candidates, wish(Some("a"))), Err(Refusal::Uncounted { vendor: "a".to_owned() }));
    }
}
