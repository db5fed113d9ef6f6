//! The model as Rust sees it: identifiers for every type, and which uses need a `Box`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::names::{Case, Scope};
use crate::model::{Api, Type, TypeDef, TypeKind, Width};

/// Names that all generated code uses for other things.
const RESERVED_TYPES: [&str; 21] = [
    "BTreeMap",
    "Box",
    "DateTime",
    "Default",
    "Deserialize",
    "Err",
    "From",
    "Into",
    "NaiveDate",
    "None",
    "Ok",
    "Option",
    "Result",
    "Self",
    "Serialize",
    "Some",
    "String",
    "ToOwned",
    "Utc",
    "Value",
    "Vec",
];

/// The model with Rust's names.
pub(in crate::emit) struct Context<'a> {
    /// The model.
    pub(in crate::emit) api: &'a Api,
    types: Vec<Ident>,
    /// For each type, the circle of types that hold each other directly which it is in.
    circle: Vec<Option<usize>>,
    /// Aliases that lead back to themselves through aliases alone; Rust has no such aliases.
    wrapped: Vec<bool>,
}

impl<'a> Context<'a> {
    /// Names every type. `reserved` are the names that a target uses for other things.
    pub(in crate::emit) fn new(api: &'a Api, reserved: &[&str]) -> Self {
        let mut scope = Scope::with(&[&RESERVED_TYPES, reserved].concat());
        let types = api.types.iter().map(|def| scope.ident(&def.name, Case::Pascal, "model")).collect();
        let direct: Vec<Vec<usize>> = api.types.iter().map(|def| targets(def, true)).collect();
        let aliases: Vec<Vec<usize>> = api
            .types
            .iter()
            .map(|def| match def.kind {
                TypeKind::Alias(_) => targets(def, false)
                    .into_iter()
                    .filter(|to| api.types.get(*to).is_some_and(|to| matches!(to.kind, TypeKind::Alias(_))))
                    .collect(),
                _ => Vec::new(),
            })
            .collect();
        let wrapped = circles(&aliases).iter().map(Option::is_some).collect();
        Self { api, types, circle: circles(&direct), wrapped }
    }

    /// Returns a named type's definition.
    pub(in crate::emit) fn def(&self, index: usize) -> Option<&'a TypeDef> {
        self.api.types.get(index)
    }

    /// Returns a named type's identifier.
    pub(in crate::emit) fn ident(&self, index: usize) -> Ident {
        self.types.get(index).cloned().unwrap_or_else(|| format_ident!("Unnamed"))
    }

    /// Returns whether an alias must be a struct of its own.
    pub(in crate::emit) fn is_wrapped(&self, index: usize) -> bool {
        self.wrapped.get(index).copied().unwrap_or(false)
    }

    /// Returns a type as written within `types`.
    pub(in crate::emit) fn ty(&self, ty: &Type) -> TokenStream {
        self.path(ty, &quote!())
    }

    /// Returns a type as written beside `types`.
    pub(in crate::emit) fn outer(&self, ty: &Type) -> TokenStream {
        self.path(ty, &quote!(types::))
    }

    /// Returns a type as written within `types` by `holder`, in a `Box` where it would hold itself.
    pub(in crate::emit) fn held(&self, ty: &Type, holder: usize) -> TokenStream {
        self.held_at(ty, holder, &quote!())
    }

    /// Returns what [`held`](Self::held) does, as written beside `types`.
    pub(in crate::emit) fn held_outer(&self, ty: &Type, holder: usize) -> TokenStream {
        self.held_at(ty, holder, &quote!(types::))
    }

    fn held_at(&self, ty: &Type, holder: usize, prefix: &TokenStream) -> TokenStream {
        if !self.is_boxed(ty, holder) {
            return self.path(ty, prefix);
        }
        // The box goes within the `Option`, also where that is hidden by an alias.
        if let Type::Nullable(inner) = self.resolve(ty) {
            let inner = self.path(inner, prefix);
            return quote!(Option<Box<#inner>>);
        }
        let inner = self.path(ty, prefix);
        quote!(Box<#inner>)
    }

    /// Returns the expression that puts a value of this type where [`held`](Self::held) keeps it in a `Box`.
    pub(in crate::emit) fn put_in_box(&self, ty: &Type, value: &TokenStream) -> TokenStream {
        if self.resolve(ty).is_nullable() { quote!(#value.map(Box::new)) } else { quote!(Box::new(#value)) }
    }

    /// Returns whether `holder` holds this type in a `Box`.
    pub(in crate::emit) fn is_boxed(&self, ty: &Type, holder: usize) -> bool {
        let own = self.circle.get(holder).copied().flatten();
        let named = match ty {
            Type::Named(index) => Some(*index),
            Type::Nullable(inner) => match **inner {
                Type::Named(index) => Some(index),
                _ => None,
            },
            _ => None,
        };
        own.is_some() && named.and_then(|index| self.circle.get(index).copied().flatten()) == own
    }

    fn path(&self, ty: &Type, prefix: &TokenStream) -> TokenStream {
        match ty {
            Type::String => quote!(String),
            Type::DateTime => quote!(DateTime<Utc>),
            Type::Date => quote!(NaiveDate),
            Type::Integer(Width::I32) => quote!(i32),
            Type::Integer(Width::I64) => quote!(i64),
            Type::Integer(Width::U64) => quote!(u64),
            Type::Number => quote!(f64),
            Type::Boolean => quote!(bool),
            Type::Any => quote!(Value),
            Type::List(inner) => {
                let inner = self.path(inner, prefix);
                quote!(Vec<#inner>)
            }
            Type::Map(inner) => {
                let inner = self.path(inner, prefix);
                quote!(BTreeMap<String, #inner>)
            }
            Type::Nullable(inner) => {
                let inner = self.path(inner, prefix);
                quote!(Option<#inner>)
            }
            Type::Named(index) => {
                let ident = self.ident(*index);
                quote!(#prefix #ident)
            }
        }
    }

    /// Follows aliases to what a type is.
    pub(in crate::emit) fn resolve<'t>(&'t self, ty: &'t Type) -> &'t Type {
        let mut ty = ty;
        for _ in 0..64 {
            match ty {
                Type::Named(index) if !self.is_wrapped(*index) => match self.def(*index).map(|def| &def.kind) {
                    Some(TypeKind::Alias(inner)) => ty = inner,
                    _ => return ty,
                },
                ty => return ty,
            }
        }
        ty
    }

    /// Returns what a type is if it has a kind of its own.
    pub(in crate::emit) fn kind(&self, ty: &Type) -> Option<(usize, &'a TypeKind)> {
        match self.resolve(ty) {
            Type::Named(index) => self.def(*index).map(|def| (*index, &def.kind)),
            _ => None,
        }
    }
}

/// The types that a type mentions: all of them, or those that it holds without a `Vec` or map between.
fn targets(def: &TypeDef, direct: bool) -> Vec<usize> {
    let mut out = Vec::new();
    let mut add = |ty: &Type| collect(ty, direct, &mut out);
    match &def.kind {
        TypeKind::Alias(ty) => add(ty),
        TypeKind::Enum(_) => {}
        TypeKind::Struct(object) => object.fields.iter().for_each(|field| add(&field.ty)),
        TypeKind::Union(union) => union.variants.iter().for_each(|variant| add(&variant.ty)),
    }
    out
}

fn collect(ty: &Type, direct: bool, out: &mut Vec<usize>) {
    match ty {
        Type::Named(index) => out.push(*index),
        Type::Nullable(inner) => collect(inner, direct, out),
        Type::List(inner) | Type::Map(inner) if !direct => collect(inner, direct, out),
        _ => {}
    }
}

/// Numbers the strongly connected parts of a graph that hold a circle (Tarjan's algorithm, without recursion).
fn circles(edges: &[Vec<usize>]) -> Vec<Option<usize>> {
    let count = edges.len();
    let mut part: Vec<Option<usize>> = vec![None; count];
    let (mut index, mut low) = (vec![usize::MAX; count], vec![usize::MAX; count]);
    let (mut stack, mut on_stack) = (Vec::new(), vec![false; count]);
    let mut next = 0;
    for root in 0..count {
        if get(&index, root) != usize::MAX {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((node, edge)) = work.pop() {
            if edge == 0 {
                set(&mut index, node, next);
                set(&mut low, node, next);
                next += 1;
                stack.push(node);
                set(&mut on_stack, node, true);
            }
            let to = edges.get(node).and_then(|targets| targets.get(edge)).copied();
            if let Some(to) = to {
                work.push((node, edge + 1));
                if get(&index, to) == usize::MAX {
                    work.push((to, 0));
                } else if on_stack.get(to) == Some(&true) {
                    let least = get(&low, node).min(get(&index, to));
                    set(&mut low, node, least);
                }
                continue;
            }
            if let Some((parent, _)) = work.last() {
                let least = get(&low, *parent).min(get(&low, node));
                set(&mut low, *parent, least);
            }
            if get(&low, node) == get(&index, node) {
                let start = stack.iter().rposition(|member| *member == node).unwrap_or(0);
                let members = stack.split_off(start);
                let circle = members.len() > 1 || edges.get(node).is_some_and(|targets| targets.contains(&node));
                for member in members {
                    set(&mut on_stack, member, false);
                    set(&mut part, member, circle.then_some(node));
                }
            }
        }
    }
    part
}

fn get(list: &[usize], at: usize) -> usize {
    list.get(at).copied().unwrap_or(usize::MAX)
}

fn set<T>(list: &mut [T], at: usize, value: T) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
}
