//! Copies of groups of operations, which hold nothing but a reference to their client.

/// Makes `$group<'_, C>` `Copy`, whatever `C` is. A derive would want a client that is `Copy` itself.
macro_rules! copyable {
    ($group:ident) => {
        impl<C> Clone for $group<'_, C> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<C> Copy for $group<'_, C> {}
    };
}

pub(crate) use copyable;
