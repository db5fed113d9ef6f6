//! Finds for each old thing the new one that continues it.

/// Two lists, matched.
pub(super) struct Pairs<'a, T> {
    /// What is in both, in the new order.
    pub(super) both: Vec<(&'a T, &'a T)>,
    /// What has no successor.
    pub(super) gone: Vec<&'a T>,
    /// What has no predecessor.
    pub(super) new: Vec<&'a T>,
}

/// A reason to take two things for the same.
pub(super) type Rule<'r, T> = &'r dyn Fn(&T, &T) -> bool;

/// Matches two lists by the first rule for all, then what is left by the next one.
pub(super) fn pair<'a, T>(old: &'a [T], new: &'a [T], rules: &[Rule<'_, T>]) -> Pairs<'a, T> {
    let mut gone: Vec<&T> = old.iter().collect();
    let mut partners: Vec<(&T, Option<&T>)> = new.iter().map(|item| (item, None)).collect();
    for rule in rules {
        for (item, partner) in partners.iter_mut().filter(|(_, partner)| partner.is_none()) {
            if let Some(at) = gone.iter().position(|candidate| rule(candidate, item)) {
                *partner = Some(gone.remove(at));
            }
        }
    }
    Pairs {
        both: partners.iter().filter_map(|(item, partner)| partner.map(|partner| (partner, *item))).collect(),
        new: partners.iter().filter(|(_, partner)| partner.is_none()).map(|(item, _)| *item).collect(),
        gone,
    }
}
