//! `bad-default`: a `default` is a value that its own schema allows.

use super::grammar::Kind;
use super::{values, walk};
use crate::diag::Report;
use crate::spec::Spec;

const CODE: &str = "bad-default";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::each(spec, Kind::Schema, &mut |seen| {
        if let Some(default) = seen.node.get("default")
            && let Some(misfit) = values::misfit(spec, seen.node, default)
        {
            report.push(misfit.diagnostic(CODE, "the default"));
        }
    });
}
