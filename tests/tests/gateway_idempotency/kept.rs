//! Which answers are kept for repeats, by their codes; and how many of an account.

use infrai_gateway::api::{ApiError, Code, Host, Reply};
use infrai_gateway::state::MAX_KEYED;
use infrai_tests::gateway::TestGateway;
use rusqlite::Connection;

use super::{bucket, create, service};

#[tokio::test]
async fn final_refusals_are_kept_and_no_others() {
    let (service, _state, caller, _folder) = service().await;
    for (number, code) in Code::ALL.iter().copied().enumerate() {
        let fingerprint = [u8::try_from(number).expect("a small number"); 32];
        let key = code.as_str();
        let refuse = async move { Err::<Reply, _>(ApiError::new(code, "the first time")) };
        let first = service.once(&caller, key, fingerprint, refuse).await.expect_err("a refusal");
        assert_eq!((first.code, &*first.message), (code, "the first time"));
        let work = async { Ok(Reply::empty(201)) };
        let again = service.once(&caller, key, fingerprint, work).await;
        if matches!(code.status(), 408 | 429 | 500..) {
            assert_eq!(again.expect("it is done now").status, 201, "{code} was kept");
        } else {
            let again = again.expect_err("the first answer");
            assert_eq!((again.code, again.message), (code, first.message), "{code} wasn't kept");
        }
    }
}

#[tokio::test]
async fn an_account_may_use_so_many_keys() {
    let gateway = TestGateway::start().await;
    let (key, other) = (gateway.activate().await, gateway.activate().await);
    assert_eq!(gateway.send(&create(&key, "once", &bucket("abc"))).await.status, 201);
    let database = Connection::open(gateway.data().join("state.sqlite")).expect("the database");
    let filled = database.execute(
        "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO answers SELECT account, 'key-' || i, fingerprint, token, until, status, body FROM answers, n",
        [MAX_KEYED],
    );
    assert_eq!(filled, Ok(MAX_KEYED as usize - 1));
    let refused = gateway.send(&create(&key, "one-more", &bucket("abd"))).await;
    assert_eq!((refused.status, &*refused.code()), (429, "rate_limited"), "{refused:?}");
    assert_eq!(refused.header("retry-after"), Some("3600"));
    // What was answered is answered, without a key it goes on, and others have their own.
    assert_eq!(gateway.send(&create(&key, "once", &bucket("abc"))).await.status, 201);
    gateway.client(&other).storage().bucket().create("abd").await.expect("a bucket");
    let body = bucket("abd").to_string();
    let plain = infrai_tests::gateway::Request::new("POST", "/v1/storage/buckets").key(&key).json(body);
    assert_eq!(gateway.send(&plain).await.status, 201);
}
