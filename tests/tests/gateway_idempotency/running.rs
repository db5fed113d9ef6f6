//! A repeat while the first request runs: it waits, and not for ever.

use std::time::Duration;

use infrai_gateway::api::{ApiError, Code, Host, Reply};
use infrai_gateway::state::{Begun, Keyed};
use infrai_tests::engine::Engine;
use infrai_tests::gateway::{TestGateway, credentials_file, until, until_running};
use serde_json::json;
use tokio::time::Instant;

use super::{bucket, create, names, service};

#[tokio::test]
async fn a_repeat_waits_for_the_first() {
    let engine = Engine::start(Duration::ZERO).await;
    let folder = tempfile::tempdir().expect("a folder");
    let credentials = credentials_file(folder.path());
    let gateway = TestGateway::with(|layer| {
        let vendor =
            json!([{"name": "held", "endpoint": engine.url(), "region": "eu-1", "credentials_file": credentials}]);
        layer.vendors = serde_json::from_value(vendor).expect("a vendor");
    })
    .await;
    let (key, api) = (gateway.standard_key("team").await, gateway.api());
    engine.hold(true);
    let request = create(&key, "once", &bucket("abc"));
    let send = || {
        let request = request.clone();
        tokio::spawn(async move { request.send(api).await })
    };
    let first = send();
    until("the vendor is asked", async || (engine.asked() == 1).then_some(())).await;
    let second = send();
    until_running(api, "api", 2).await;
    // Whoever asks for something else is answered meanwhile.
    assert_eq!(gateway.send(&create(&key, "once", &bucket("abd"))).await.code(), "idempotency_mismatch");
    assert_eq!(names(&gateway, &key).await, [""; 0]);
    assert!(!first.is_finished() && !second.is_finished(), "one was answered before the bucket was made");
    engine.hold(false);
    let (first, second) = (first.await.expect("an answer"), second.await.expect("an answer"));
    assert_eq!((first.status, first.json()["vendor"].as_str()), (201, Some("held")), "{first:?}");
    assert_eq!((second.status, &second.body), (201, &first.body), "{second:?}");
    assert_ne!(second.header("x-request-id"), first.header("x-request-id"));
    assert_eq!((engine.asked(), engine.buckets()), (1, 1));
    assert_eq!(names(&gateway, &key).await, ["abc"]);
}

#[tokio::test(start_paused = true)]
async fn a_repeat_does_not_wait_for_ever() {
    let (service, state, caller, _folder) = service().await;
    let (now, fingerprint) = (service.now(), [7; 32]);
    let running = Keyed { account: caller.account.id.clone(), key: "once".to_owned(), fingerprint };
    let begun = state.begin(&running, now, now + Duration::from_hours(1)).await;
    assert!(matches!(begun, Ok(Begun::First(_))), "{begun:?}");
    let began = Instant::now();
    let never = async { Err::<Reply, _>(ApiError::new(Code::Internal, "it ran a second time")) };
    let error = service.once(&caller, "once", fingerprint, never).await.expect_err("a refusal");
    assert_eq!(error.code, Code::Unavailable, "{error:?}");
    assert!(error.message.contains("still running"), "{error:?}");
    assert_eq!(error.retry_after, Some(Duration::from_secs(1)));
    assert!((20..22).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}
