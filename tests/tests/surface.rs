//! The public surface of the Rust crate, on one page. A change of it is a change for users: review it as one.

use std::fs;

use infrai_tests::paths::root;
use infrai_tests::surface::crate_surface;

#[test]
fn rust() {
    insta::assert_snapshot!("rust", crate_surface(&root("generated-client/src")));
}

/// What counts is whether an item can be named from outside, not the word `pub` before it.
#[test]
fn what_can_be_named_is_shown_and_nothing_else() {
    let files = [
        (
            "lib.rs",
            "mod hidden; pub mod open; mod parts; pub use self::parts::{chain::Linked, Part as Piece}; pub fn f() {} trait Trait {}",
        ),
        ("hidden.rs", "pub struct Hidden; impl Hidden { pub fn hidden(&self) {} } pub fn hidden() {}"),
        (
            "open.rs",
            "pub struct Open { pub a: u8, b: u8 } pub(crate) struct Own; mod deep; pub use self::deep::*; \
             impl super::Trait for Open {} impl From<Own> for Open {} impl Clone for Open {} maker!(Made);",
        ),
        ("open/deep.rs", "pub struct Deep; pub trait Wide { fn wide(&self); } pub(super) struct Shallow;"),
        (
            "parts/mod.rs",
            "pub mod chain; mod end; pub struct Part; pub struct Rest; impl crate::open::Open { pub fn no() {} }",
        ),
        ("parts/chain.rs", "pub use super::end::Linked; use super::Part; impl Part { pub fn part(&self) {} }"),
        (
            "parts/end.rs",
            "pub struct Linked; pub struct Loose; impl Linked { pub fn linked(&self) {} fn own(&self) {} } \
                          macro_rules! maker { () => { pub fn made() {} } } macro_rules! other { () => { pub fn no() {} } }",
        ),
    ];
    let folder = tempfile::TempDir::new().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
    let expected = "\
lib.rs
    pub mod open
    pub use self::parts::{chain::Linked, Part as Piece};
    pub fn f()
open.rs
    pub struct Open { a: u8 }
    pub use self::deep::*;
    impl Clone for Open
    maker!(Made)
open/deep.rs
    pub struct Deep
    pub trait Wide
    Wide: fn wide(&self)
parts/chain.rs
    Part: pub fn part(&self)
parts/end.rs
    pub struct Linked
    Linked: pub fn linked(&self)
    maker!: pub fn made()
parts/mod.rs
    pub struct Part
";
    assert_eq!(crate_surface(folder.path()), expected);
}
