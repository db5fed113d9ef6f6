//! What the gateway remembers: one suite, on SQLite and on Postgres.

mod accounts;
mod answers;
mod buckets;
mod grants;
mod place;
mod postgres;
mod sqlite;

/// Has cases run on each implementation.
macro_rules! on_each {
    ($($case:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::place::Place::sqlite()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(place) = crate::place::Place::postgres() {
                    super::$case(place).await;
                }
            })+
        }
    };
}
use on_each;
