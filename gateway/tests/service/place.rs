//! A service over such vendors, with its database and an account.

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use infrai_gateway::account::{self, TrialSettings};
use infrai_gateway::api::{ApiError, Call, Caller};
use infrai_gateway::generated::operations::{Operations, StorageBucketCreate, StorageBucketList};
use infrai_gateway::generated::types::{Acl, Bucket};
use infrai_gateway::service::tidy::Reconciled;
use infrai_gateway::service::{Service, system_clock};
use infrai_gateway::state::{self, Account, Database, State, StateError, open};
use infrai_gateway::vendor::Vendor;
use infrai_gateway::vendor::health::Board;

use super::vendor::Fake;

/// A service over these vendors, with an account.
pub(super) struct Place {
    pub(super) service: Service,
    pub(super) state: Arc<dyn State>,
    pub(super) account: Account,
    _folder: tempfile::TempDir,
}

impl Place {
    pub(super) async fn new(vendors: &[Arc<Fake>]) -> Self {
        Self::with(vendors, TrialSettings::default()).await
    }

    pub(super) async fn with(vendors: &[Arc<Fake>], trial: TrialSettings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let state = open(&Database::Sqlite(folder.path().join("state.sqlite"))).await.expect("a database");
        let account = account::create(&*state, "team", "key", Utc::now()).await.expect("an account").account;
        let vendors: Vec<Arc<dyn Vendor>> =
            vendors.iter().map(|vendor| Arc::clone(vendor) as Arc<dyn Vendor>).collect();
        let health = Arc::new(Board::watch(&vendors, Duration::from_hours(1), Utc::now));
        let service = Service::new(state.clone(), vendors, health, trial, system_clock());
        Self { service, state, account, _folder: folder }
    }

    pub(super) fn call(&self, key: Option<&str>) -> Call {
        let caller = Caller { account: self.account.clone() };
        Call { caller, request_id: "req".to_owned(), idempotency_key: key.map(str::to_owned) }
    }

    pub(super) async fn create(&self, key: Option<&str>, acl: Option<Acl>) -> Result<Bucket, ApiError> {
        self.service.storage_bucket_create(self.call(key), request(None, acl)).await
    }

    /// As a start does, alone or not.
    pub(super) async fn settle(&self, alone: bool) -> Result<Reconciled, StateError> {
        self.service.reconcile(self.service.left_behind(alone)).await
    }

    /// All plans, however new.
    pub(super) async fn plans(&self) -> Vec<state::Bucket> {
        self.state.plans(Utc::now() + TimeDelta::hours(1)).await.expect("plans")
    }

    /// Waits until there is a plan.
    pub(super) async fn planned(&self) -> state::Bucket {
        let planned = async {
            loop {
                match self.plans().await.into_iter().next() {
                    Some(plan) => break plan,
                    None => tokio::task::yield_now().await,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), planned).await.expect("nothing is planned")
    }

    pub(super) async fn names(&self) -> Vec<String> {
        let list = self.service.storage_bucket_list(self.call(None), StorageBucketList).await.expect("a list");
        list.items.into_iter().map(|bucket| bucket.bucket).collect()
    }
}

pub(super) fn request(vendor: Option<&str>, acl: Option<Acl>) -> StorageBucketCreate {
    StorageBucketCreate { bucket: "uploads".to_owned(), vendor: vendor.map(str::to_owned), region: None, acl }
}
