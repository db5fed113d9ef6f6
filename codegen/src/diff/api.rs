//! Compares what holds for the API as a whole.

use crate::model::{Api, Auth, ErrorShape, Group};

use super::{API, Apis, Change, Level, Scope};

pub(super) fn compare(apis: Apis<'_>, out: &mut Vec<Change>) {
    let mut scope = Scope { out, operation: API, reach: &[] };
    base_url(&mut scope, apis);
    auth(&mut scope, apis);
    errors(&mut scope, &apis.old.errors, &apis.new.errors);
    docs(&mut scope, apis.old, apis.new);
}

fn base_url(scope: &mut Scope<'_>, Apis { old, new }: Apis<'_>) {
    match (&old.base_url, &new.base_url) {
        (None, Some(url)) => scope.placeless(Level::Additive, format!("the server is now known: {url}")),
        (Some(url), None) => {
            scope.placeless(
                Level::Breaking,
                format!("the server is no longer known, callers must name it; it was {url}"),
            );
        }
        (Some(before), Some(url)) if before != url => {
            scope.placeless(Level::Behaviour, format!("the server is {url}; it was {before}"));
        }
        _ => {}
    }
}

fn auth(scope: &mut Scope<'_>, Apis { old, new }: Apis<'_>) {
    if old.auth != new.auth {
        let (now, before) = (describe(&new.auth), describe(&old.auth));
        scope.placeless(Level::Breaking, format!("callers prove who they are by {now}; it was by {before}"));
    }
    if old.key_prefix != new.key_prefix {
        let text = format!("keys start with `{}`; it was `{}`", new.key_prefix, old.key_prefix);
        scope.placeless(Level::Behaviour, text);
    }
}

fn describe(auth: &Auth) -> String {
    match auth {
        Auth::None => "nothing".to_owned(),
        Auth::Bearer => "a bearer token".to_owned(),
        Auth::Basic => "user and password".to_owned(),
        Auth::Header(name) => format!("the header `{name}`"),
        Auth::Query(name) => format!("the query parameter `{name}`"),
    }
}

fn errors(scope: &mut Scope<'_>, old: &ErrorShape, new: &ErrorShape) {
    let parts = [
        ("code", &old.code, &new.code),
        ("message", &old.message, &new.message),
        ("request id", &old.request_id, &new.request_id),
    ];
    for (name, old, new) in parts {
        if old == new {
            continue;
        }
        let level = if new.starts_with(old) { Level::Additive } else { Level::Breaking };
        let say = |pointers: &[String]| match pointers {
            [] => "nowhere".to_owned(),
            pointers => format!("at `{}`", pointers.join("` or `")),
        };
        scope.placeless(level, format!("errors have their {name} {}; it was {}", say(new), say(old)));
    }
}

fn docs(scope: &mut Scope<'_>, old: &Api, new: &Api) {
    if old.title != new.title {
        scope.placeless(Level::Docs, format!("the title is \"{}\"; it was \"{}\"", new.title, old.title));
    }
    if old.description != new.description {
        scope.placeless(Level::Docs, "the description reads differently".to_owned());
    }
    groups(scope, &old.root, &new.root);
}

fn groups(scope: &mut Scope<'_>, old: &Group, new: &Group) {
    if old.description != new.description {
        let path = new.path.iter().map(crate::model::Name::snake).collect::<Vec<_>>().join(".");
        scope.placeless(Level::Docs, format!("the group `{path}` reads differently"));
    }
    for group in &new.groups {
        if let Some(before) = old.groups.iter().find(|before| before.path == group.path) {
            groups(scope, before, group);
        }
    }
}
