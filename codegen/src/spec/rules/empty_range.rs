//! `empty-range`: a schema's least is not more than its most, so that some value is allowed.

use super::grammar::Kind;
use super::{values, walk};
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;

const CODE: &str = "empty-range";

const PAIRS: [(&str, &str); 4] =
    [("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties")];

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::each(spec, Kind::Schema, &mut |seen| {
        for (least, most) in PAIRS {
            let (Some(low), Some(high)) = (seen.node.get(least), seen.node.get(most)) else { continue };
            let (Some(from), Some(to)) = (values::number(&low.value), values::number(&high.value)) else { continue };
            if from > to {
                report.push(
                    Diagnostic::error(CODE, high.span, format!("no value lies between `{least}` and `{most}`"))
                        .label(format!("less than `{least}`"))
                        .related(low.span, format!("`{least}`"))
                        .help("swap the two, or change one"),
                );
            }
        }
    });
}
