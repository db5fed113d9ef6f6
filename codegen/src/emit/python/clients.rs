//! `client.py` and `async_client.py`: a class for each group, with a method for each operation.

use std::collections::BTreeSet;

use crate::emit::printer::{Doc, all, indent, join};
use crate::model::{Argument, Field, Group, Name, Operation, Type};

use super::context::{Context, Scope};
use super::types::Spelling;
use super::{docs, import, lines, list, literal, operations};

/// Members of groups that operations and groups below must leave alone.
const GROUP_WORDS: [&str; 4] = ["builtins", "property", "types", "with_raw_response"];

/// Members of clients.
const CLIENT_WORDS: [&str; 8] =
    ["activate", "builtins", "close", "property", "request", "types", "with_options", "with_raw_response"];

/// What those are called that the runtime has for a group, which its operations must leave alone.
const OWN_WORDS: [&str; 2] = ["download", "upload"];

/// Groups that have calls of the runtime's own beside their operations: the group, the class, and the operation that it needs.
const OWN_CALLS: [(&str, &str, &str); 1] = [("storage.object", "Transfers", "storage.object.presign")];

/// For threads or for asyncio.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Sync,
    Async,
}

impl Style {
    fn prefix(self) -> &'static str {
        if self == Self::Async { "Async" } else { "" }
    }
}

/// Returns the classes, those of the innermost groups first.
pub(super) fn clients(cx: &Context<'_>, style: Style) -> Vec<(usize, Doc)> {
    let mut writer = Writer { cx, style, names: Scope::new(&RESERVED), used: BTreeSet::new(), classes: Vec::new() };
    let groups: Vec<(Name, String, Doc)> = cx.api.root.groups.iter().filter_map(|group| writer.group(group)).collect();
    writer.client(&groups);
    let Writer { used, classes, .. } = writer;
    let mut parts = vec![(1, Doc::from("from __future__ import annotations"))];
    if used.contains("builtins") {
        parts.push((1, "import builtins".into()));
    }
    if used.contains("Any") {
        parts.push((usize::from(!used.contains("builtins")), "from typing import Any".into()));
    }
    let client = match style {
        Style::Sync => (".._runtime.client_sync", BTreeSet::from(["SyncClient"])),
        Style::Async => (".._runtime.client_async", BTreeSet::from(["AsyncClient"])),
    };
    let mut runtime = vec![client];
    if used.contains("types") {
        runtime.push((".._runtime.lazy", BTreeSet::from(["Lazy"])));
    }
    if used.contains("NOT_GIVEN") {
        let named = used.contains("NotGiven").then_some("NotGiven");
        runtime.push((".._runtime.operation", named.into_iter().chain(["NOT_GIVEN"]).collect()));
    }
    let mut resource = BTreeSet::new();
    if used.contains("Resource") {
        resource.insert(if style == Style::Async { "AsyncResource" } else { "Resource" });
    }
    if used.contains("raw") {
        resource.insert(if style == Style::Async { "with_response_async" } else { "with_response" });
    }
    runtime.push((".._runtime.resource", resource));
    if used.contains("Transfers") {
        runtime.push(match style {
            Style::Sync => (".._runtime.transfers_sync", BTreeSet::from(["Transfers"])),
            Style::Async => (".._runtime.transfers_async", BTreeSet::from(["AsyncTransfers"])),
        });
    }
    let mut blank = 1;
    for (module, names) in runtime {
        parts.extend(import(module, &names).map(|doc| (std::mem::take(&mut blank), doc)));
    }
    if used.contains("operations") {
        parts.push((0, "from . import operations".into()));
    }
    parts.push((0, "from .service import SERVICE".into()));
    if used.contains("types") {
        parts.push((1, "TYPE_CHECKING = False".into()));
        parts.push((0, "if TYPE_CHECKING:".into()));
        parts.push((0, "    from . import types".into()));
        parts.push((0, "else:".into()));
        parts.push((0, "    types = Lazy(\".types\", __package__)".into()));
    }
    parts.extend(classes.into_iter().map(|class| (2, class)));
    parts
}

/// Names of the module that classes must leave alone.
const RESERVED: [&str; 11] = [
    "Any",
    "AsyncClient",
    "AsyncInfrai",
    "AsyncResource",
    "AsyncTransfers",
    "Infrai",
    "Lazy",
    "NotGiven",
    "Resource",
    "SyncClient",
    "Transfers",
];

struct Writer<'a> {
    cx: &'a Context<'a>,
    style: Style,
    names: Scope,
    used: BTreeSet<&'static str>,
    classes: Vec<Doc>,
}

impl Writer<'_> {
    /// Writes a group and those below. Returns its name, its class and what it holds.
    fn group(&mut self, group: &Group) -> Option<(Name, String, Doc)> {
        let below: Vec<(Name, String, Doc)> = group.groups.iter().filter_map(|group| self.group(group)).collect();
        let class = self.names.name(&format!("{}{}", self.style.prefix(), Name::concat(&group.path).pascal()));
        let place: Vec<String> = group.path.iter().map(Name::snake).collect();
        let place = place.join(".");
        let description = docs::sentence(&group.description);
        let about = if description.is_empty() { format!("The calls of `{place}`.") } else { description };
        let own = OWN_CALLS.iter().find(|(of, _, needs)| *of == place && self.operation(group, needs).is_some());
        let base = own.map_or("Resource", |(_, class, _)| class);
        self.used.insert(base);
        let own_words: &[&str] = if own.is_some() { &OWN_WORDS } else { &[] };
        let mut members = Scope::new(&[&GROUP_WORDS, own_words].concat());
        let mut body = vec![docs::docstring(&about), "".into(), "__slots__ = ()".into()];
        if let Some(index) = own.and_then(|(_, _, needs)| self.operation(group, needs)) {
            self.used.insert("operations");
            body.push(format!("_presign = operations.{}", self.cx.operation_name(index)).into());
        }
        let names: Vec<String> =
            group.operations.iter().map(|index| members.name(&self.operation_name(*index))).collect();
        let properties: Vec<String> = below.iter().map(|(name, ..)| members.name(&name.snake())).collect();
        let shadowed: BTreeSet<String> = names.iter().chain(&properties).cloned().collect();
        let raw = (!names.is_empty()).then(|| self.names.name(&format!("{class}WithRawResponse")));
        for (index, name) in group.operations.iter().zip(&names) {
            body.extend(["".into(), self.method(*index, name, &shadowed)]);
        }
        for ((_, class, about), name) in below.iter().zip(&properties) {
            body.extend(["".into(), property(name, class, about, &format!("{class}(self._client)"))]);
        }
        if let Some(raw) = &raw {
            let about =
                Doc::from("\"\"\"The same calls, each giving status, headers and request id beside its value.\"\"\"");
            body.extend(["".into(), property("with_raw_response", raw, &about, &format!("{raw}(self)"))]);
        }
        let base = format!("{}{base}", self.style.prefix());
        self.classes.push(all![format!("class {class}({base}):"), indent([Doc::Hard, lines(body)])]);
        if let Some(raw) = raw {
            self.raw(&raw, &class, &place, &names);
        }
        Some((group.path.last()?.clone(), class, docs::docstring(&about)))
    }

    fn operation(&self, group: &Group, id: &str) -> Option<usize> {
        let is = |index: &&usize| self.cx.api.operations.get(**index).is_some_and(|operation| operation.id == id);
        group.operations.iter().find(is).copied()
    }

    fn operation_name(&self, index: usize) -> String {
        let operation = self.cx.api.operations.get(index);
        operation.and_then(|operation| operation.path.last()).map(Name::snake).unwrap_or_default()
    }

    /// Writes the class whose calls give whole responses.
    fn raw(&mut self, name: &str, class: &str, place: &str, methods: &[String]) {
        self.used.insert("raw");
        let wrap = if self.style == Style::Async { "with_response_async" } else { "with_response" };
        let lines_of = methods.iter().map(|method| Doc::from(format!("self.{method} = {wrap}(calls.{method})")));
        let init = all![format!("def __init__(self, calls: {class}) -> None:"), indent([Doc::Hard, lines(lines_of)])];
        let about = format!("The calls of `{place}`, each giving a `Response`.");
        let body = [docs::docstring(&about), "".into(), init];
        self.classes.push(all![format!("class {name}:"), indent([Doc::Hard, lines(body)])]);
    }

    fn client(&mut self, groups: &[(Name, String, Doc)]) {
        let mut members = Scope::new(&CLIENT_WORDS);
        let title = docs::one_line(&self.cx.api.title);
        let how = match self.style {
            Style::Sync => "Threads may share it.",
            Style::Async => "For asyncio; cancelling a call ends it at once and leaves nothing open.",
        };
        let about = format!("A client of {title}. {how}");
        let mut body = vec![docs::docstring(&about), "".into(), "_service = SERVICE".into()];
        let root = &self.cx.api.root.operations;
        let names: Vec<String> = root.iter().map(|index| members.name(&self.operation_name(*index))).collect();
        let properties: Vec<String> = groups.iter().map(|(name, ..)| members.name(&name.snake())).collect();
        let shadowed = names.iter().chain(&properties).cloned().collect();
        for (index, name) in root.iter().zip(&names) {
            body.extend(["".into(), self.method(*index, name, &shadowed)]);
        }
        for ((_, class, about), name) in groups.iter().zip(&properties) {
            body.extend(["".into(), property(name, class, about, &format!("{class}(self)"))]);
        }
        let (name, base) = match self.style {
            Style::Sync => ("Infrai", "SyncClient"),
            Style::Async => ("AsyncInfrai", "AsyncClient"),
        };
        self.classes.push(all![format!("class {name}({base}):"), indent([Doc::Hard, lines(body)])]);
    }

    fn method(&mut self, index: usize, name: &str, shadowed: &BTreeSet<String>) -> Doc {
        let Some(operation) = self.cx.api.operations.get(index) else { return "".into() };
        self.used.insert("operations");
        let mut spelling =
            Spelling { cx: self.cx, module: "types.", shadowed: shadowed.clone(), used: BTreeSet::new() };
        let mut scope = Scope::new(&["builtins", "operations", "types"]);
        let mut parameters: Vec<Doc> = vec!["self".into()];
        let mut about = Vec::new();
        let mut passed: Vec<Doc> = vec![format!("operations.{}", self.cx.operation_name(index)).into()];
        let arguments = self.cx.arguments(operation);
        if !arguments.is_empty() {
            parameters.push("*".into());
        }
        for (argument, field, ty) in &arguments {
            let wanted = field.map_or_else(|| "body".to_owned(), |field| field.name.snake());
            let parameter = scope.name(&wanted);
            parameters.push(self.parameter(&mut spelling, &parameter, operation, *argument, *field, ty));
            about.push((parameter.clone(), self.meaning(operation, *argument, *field, ty)));
            passed.push(parameter.into());
        }
        let answer = operations::answer(&mut spelling, operation);
        self.used.extend(spelling.used);
        let (begin, call) = match self.style {
            Style::Sync => ("def", "return self._call("),
            Style::Async => ("async def", "return await self._call("),
        };
        let open = format!("{begin} {name}(");
        let signature = all![list(&open, parameters, ")"), format!(" -> {answer}:")];
        let body = [self.docstring(operation, about), list(call, passed, ")")];
        all![super::super::printer::group(signature), indent([Doc::Hard, lines(body)])]
    }

    fn parameter(
        &mut self,
        spelling: &mut Spelling<'_>,
        name: &str,
        operation: &Operation,
        argument: Argument,
        field: Option<&Field>,
        ty: &Type,
    ) -> Doc {
        let spelt = spelling.spell(ty);
        let required =
            field.map_or_else(|| operation.body.as_ref().is_some_and(|body| body.required), |one| one.required);
        let default = field.and_then(|field| field.default.as_ref());
        match default {
            Some(default) if literal::is_plain(default) && self.cx.is_of(default, ty) => {
                return all![format!("{name}: {spelt} = "), literal::json(default)];
            }
            None if required => return format!("{name}: {spelt}").into(),
            _ => {}
        }
        let travels_as_null = matches!(argument, Argument::Field(_) | Argument::Body) && self.cx.is_nullable(ty);
        let or_none =
            if spelt.ends_with("| None") || spelt == "Any" { spelt.clone() } else { format!("{spelt} | None") };
        if travels_as_null {
            self.used.insert("NOT_GIVEN");
            if spelt == "Any" {
                return format!("{name}: Any = NOT_GIVEN").into();
            }
            self.used.insert("NotGiven");
            let or_left_out = format!("{} | NotGiven | None", spelt.trim_end_matches(" | None"));
            return format!("{name}: {or_left_out} = NOT_GIVEN").into();
        }
        format!("{name}: {or_none} = None").into()
    }

    /// Returns what an argument is for, or at least what it is.
    fn meaning(&self, operation: &Operation, argument: Argument, field: Option<&Field>, ty: &Type) -> String {
        let said = match (argument, field) {
            (Argument::Body, _) => docs::sentence(operation.body.as_ref().map_or("", |body| body.description.as_str())),
            (_, Some(field)) => docs::field(field, true),
            _ => String::new(),
        };
        if said.is_empty() { docs::what(self.cx, ty) } else { said }
    }

    fn docstring(&self, operation: &Operation, about: Vec<(String, String)>) -> Doc {
        let summary = docs::sentence(&operation.summary);
        let mut text = [summary.as_str(), operation.description.trim()].map(str::trim).join("\n\n");
        if operation.deprecated {
            text.push_str("\n\nDeprecated: it should no longer be used.");
        }
        if text.trim().is_empty() {
            text = format!("Calls `{} {}`.", operation.method, operation.route.template);
        }
        let checked = self.cx.arguments(operation).iter().any(|(argument, field, _)| {
            let limits = field.map(|field| field.limits != crate::model::Limits::default());
            matches!(argument, Argument::Param(_)) || limits.unwrap_or_default()
        });
        let mut raises = Vec::new();
        if checked {
            raises.push((
                "InvalidRequestError".to_owned(),
                "If an argument is out of its limits. Nothing is sent.".to_owned(),
            ));
        }
        raises.push(("InfraiError".to_owned(), "If the call fails; its class says how.".to_owned()));
        // A sample is written for threads: it has no `await`.
        let samples = operation.samples.iter().filter(|sample| sample.lang.eq_ignore_ascii_case("python"));
        let samples = samples.filter(|_| self.style == Style::Sync).map(|sample| docs::example(&sample.source));
        let sections = [docs::section("Args:", about), docs::section("Raises:", raises)];
        docs::blocks(&text, sections.into_iter().flatten().chain(samples).collect())
    }
}

fn property(name: &str, class: &str, about: &Doc, value: &str) -> Doc {
    let body = join([about.clone(), format!("return {value}").into()], &Doc::Hard);
    all!["@property", Doc::Hard, format!("def {name}(self) -> {class}:"), indent([Doc::Hard, body])]
}
