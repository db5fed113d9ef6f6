//! The rules that a document must keep, one a file, each named like the code that it reports.
//!
//! [`RULES`] is the one list of them; whatever lists them is made from it. `grammar` says what the
//! specification allows where, `walk` walks by it; `words`, `values` and `pointer` are what several
//! rules share.

mod grammar;
mod pointer;
mod tables;
mod values;
mod walk;
mod words;

mod ambiguous_path;
mod assumptions;
mod bad_default;
mod bad_example;
mod circular_ref;
mod component_name;
mod dangling_ref;
mod duplicate_operation_id;
mod duplicate_parameter;
mod empty_range;
mod enum_values;
mod error_envelope;
mod extension_values;
mod group_and_operation;
mod media_types;
mod missing_key;
mod missing_operation_id;
mod missing_success;
mod name_collision;
mod no_effect;
mod openapi_version;
mod operation_id_form;
mod path_parameter;
mod path_template;
mod readable;
mod ref_siblings;
mod remote_ref;
mod request_body_verb;
mod required_property;
mod reserved_name;
mod security;
mod server;
mod success_bodies;
mod tags;
mod unheld_limit;
mod unknown_key;
mod unknown_word;
mod unsupported;
mod wrong_type;

use super::{Profile, Spec};
use crate::diag::Report;

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The code of its findings.
    pub code: &'static str,
    /// What it demands, in one line.
    pub demands: &'static str,
    /// Which documents it holds for.
    pub scope: Scope,
    stage: Stage,
}

/// Which documents a rule holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Our own document.
    House,
    /// Every document; findings in those of others are warnings if the rest of it can be used.
    Every,
}

/// When a rule is looked at.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// By the parser or before all others; without it there is no document.
    Reading,
    /// With all others.
    Checking(fn(&Spec, &mut Report)),
    /// If no other found an error.
    Last(fn(&Spec, &mut Report)),
}

const fn reading(code: &'static str, demands: &'static str) -> Rule {
    Rule { code, demands, scope: Scope::Every, stage: Stage::Reading }
}

const fn every(code: &'static str, demands: &'static str, check: fn(&Spec, &mut Report)) -> Rule {
    Rule { code, demands, scope: Scope::Every, stage: Stage::Checking(check) }
}

const fn house(code: &'static str, demands: &'static str, check: fn(&Spec, &mut Report)) -> Rule {
    Rule { code, demands, scope: Scope::House, stage: Stage::Checking(check) }
}

const fn last(code: &'static str, demands: &'static str, check: fn(&Spec, &mut Report)) -> Rule {
    Rule { code, demands, scope: Scope::House, stage: Stage::Last(check) }
}

/// All rules: reading, form, references, operations, paths, bodies, schemas, names, house rules.
pub const RULES: &[Rule] = &[
    reading("yaml-syntax", "the document is YAML or JSON"),
    reading("yaml-merge-key", "merge keys (`<<`) are not used"),
    reading("duplicate-key", "no mapping has a key twice"),
    reading("openapi-version", "the document is OpenAPI 3.0"),
    house("unknown-key", "objects have only the keys of OpenAPI 3.0.3, or extensions", unknown_key::check),
    house("missing-key", "objects have the keys that OpenAPI 3.0.3 requires", missing_key::check),
    house("wrong-type", "values are of the type that OpenAPI 3.0.3 wants", wrong_type::check),
    house("unknown-word", "`type`, `in`, `style` and `format` are words with a meaning", unknown_word::check),
    every("dangling-ref", "references name something of the right kind that is there", dangling_ref::check),
    every("remote-ref", "references stay within the document", remote_ref::check),
    every("circular-ref", "chains of references end", circular_ref::check),
    house("ref-siblings", "nothing stands beside a `$ref`", ref_siblings::check),
    house("component-name", "components are called by letters, digits, `.`, `_` and `-`", component_name::check),
    house("missing-operation-id", "operations have an `operationId`", missing_operation_id::check),
    house("operation-id-form", "an `operationId` is 2 to 5 dotted lower-case words", operation_id_form::check),
    every("duplicate-operation-id", "no two operations have one `operationId`", duplicate_operation_id::check),
    house("group-and-operation", "an `operationId` is not also the group of another", group_and_operation::check),
    every(
        "path-template",
        "paths begin with `/`, are sent as written, with balanced braces and names that stand once",
        path_template::check,
    ),
    every("path-parameter", "path parameters are declared, required, and in the path", path_parameter::check),
    house("ambiguous-path", "paths differ in more than the names in braces", ambiguous_path::check),
    house("duplicate-parameter", "a list of parameters has each of them once", duplicate_parameter::check),
    house("reserved-name", "header parameters are not headers that the client sets", reserved_name::check),
    house("request-body-verb", "`get`, `head` and `delete` have no request body", request_body_verb::check),
    house("media-types", "a body has one media type, and JSON has a schema", media_types::check),
    house("missing-success", "operations have a success answer", missing_success::check),
    house("success-bodies", "all success answers of an operation have one body", success_bodies::check),
    house("error-envelope", "all errors have one body, `{error: {code, message}}`", error_envelope::check),
    house("bad-default", "a `default` fits its schema", bad_default::check),
    house("bad-example", "an example fits its schema", bad_example::check),
    house("enum-values", "an `enum` has values of its type, each once", enum_values::check),
    house("required-property", "what is `required` is a property", required_property::check),
    house("no-effect", "keywords of a schema speak about its type", no_effect::check),
    house("empty-range", "a schema's least is not more than its most", empty_range::check),
    house("unheld-limit", "limits stand where they are checked: on properties and parameters", unheld_limit::check),
    house("unsupported", "nothing is used that clients can't be given", unsupported::check),
    house("name-collision", "names of one scope differ by more than casing", name_collision::check),
    every("security", "security requirements name declared schemes that clients can send", security::check),
    house("server", "there is one server with an absolute URL", server::check),
    house("tags", "tags of operations are declared", tags::check),
    house("extension-values", "`x-infrai-…` and `x-codeSamples` say something that is known", extension_values::check),
    house("assumptions", "`x-assumptions` point at something and say why", assumptions::check),
    last("readable", "the document reads through `openapiv3`", readable::check),
];

/// Returns what is wrong with a path's template, and what to do.
pub fn template_fault(template: &str) -> Option<(&'static str, &'static str)> {
    path_template::fault(template)
}

/// Checks that this is `OpenAPI` in a version that is read. Returns nothing if not; the report says why.
pub fn version(spec: &Spec, report: &mut Report) -> Option<()> {
    openapi_version::check(spec, report)
}

/// Holds a document to all rules of its profile.
pub fn check(spec: &Spec, report: &mut Report) {
    let mut found = Report::default();
    for rule in RULES.iter().filter(|rule| spec.profile == Profile::House || rule.scope == Scope::Every) {
        match rule.stage {
            Stage::Checking(check) => check(spec, &mut found),
            Stage::Last(check) if !report.has_errors() && !found.has_errors() => check(spec, &mut found),
            Stage::Reading | Stage::Last(_) => {}
        }
    }
    if spec.profile == Profile::Foreign {
        found.downgrade();
    }
    report.extend(found);
}
