//! Requests with an `Idempotency-Key`.

use chrono::{DateTime, Utc};
use deadpool_postgres::Client;

use super::trouble::Trouble;
use crate::state::{Answer, Begun, Keyed, MAX_KEYED};

/// One statement takes the request if nobody has it; only if somebody does is it looked at. In between it may be
/// forgotten, so it is tried again.
pub(super) async fn begin(
    client: &Client,
    request: &Keyed,
    token: String,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
) -> Result<Begun, Trouble> {
    let take = client
        .prepare_cached(
            "INSERT INTO infrai_gateway.answers AS a (account, key, fingerprint, token, until)
             SELECT $1::text, $2::text, $3::bytea, $4::text, $5::timestamptz
             WHERE (SELECT count(*) FROM (SELECT 1 FROM infrai_gateway.answers WHERE account = $1 LIMIT $7::bigint) AS kept) < $7::bigint
                OR EXISTS (SELECT 1 FROM infrai_gateway.answers WHERE account = $1 AND key = $2)
             ON CONFLICT (account, key) DO UPDATE
             SET fingerprint = excluded.fingerprint, token = excluded.token, until = excluded.until,
                 status = NULL, body = NULL
             WHERE a.until <= $6",
        )
        .await?;
    let find =
        "SELECT fingerprint, status, body FROM infrai_gateway.answers WHERE account = $1 AND key = $2 AND until > $3";
    let find = client.prepare_cached(find).await?;
    let count =
        "SELECT count(*) FROM (SELECT 1 FROM infrai_gateway.answers WHERE account = $1 LIMIT $2::bigint) AS kept";
    let count = client.prepare_cached(count).await?;
    let most = i64::from(MAX_KEYED);
    let fingerprint = request.fingerprint.as_slice();
    loop {
        let taken =
            client.execute(&take, &[&request.account, &request.key, &fingerprint, &token, &lease, &now, &most]).await?;
        if taken > 0 {
            return Ok(Begun::First(token));
        }
        let Some(row) = client.query_opt(&find, &[&request.account, &request.key, &now]).await? else {
            let kept = client.query_one(&count, &[&request.account, &most]).await?.try_get::<_, i64>(0)?;
            if kept >= most {
                return Ok(Begun::TooMany);
            }
            continue;
        };
        if row.try_get::<_, &[u8]>(0)? != fingerprint {
            return Ok(Begun::Mismatch);
        }
        let Some(status) = row.try_get::<_, Option<i32>>(1)? else { return Ok(Begun::Running) };
        let status = u16::try_from(status).map_err(|_| Trouble::Strange("an answer with no HTTP status"))?;
        let body: Option<Vec<u8>> = row.try_get(2)?;
        return Ok(Begun::Answered(Answer { status, body: body.unwrap_or_default() }));
    }
}

pub(super) async fn answered(
    client: &Client,
    request: &Keyed,
    token: &str,
    answer: &Answer,
    until: DateTime<Utc>,
) -> Result<(), Trouble> {
    let update = client
        .prepare_cached(
            "UPDATE infrai_gateway.answers SET status = $4, body = $5, until = $6
             WHERE account = $1 AND key = $2 AND token = $3 AND status IS NULL",
        )
        .await?;
    let status = i32::from(answer.status);
    client.execute(&update, &[&request.account, &request.key, &token, &status, &answer.body, &until]).await?;
    Ok(())
}

pub(super) async fn unanswered(client: &Client, request: &Keyed, token: &str) -> Result<(), Trouble> {
    let delete = "DELETE FROM infrai_gateway.answers WHERE account = $1 AND key = $2 AND token = $3 AND status IS NULL";
    client.execute(delete, &[&request.account, &request.key, &token]).await?;
    Ok(())
}

pub(super) async fn forget_running(client: &Client) -> Result<u64, Trouble> {
    Ok(client.execute("DELETE FROM infrai_gateway.answers WHERE status IS NULL", &[]).await?)
}

pub(super) async fn forget(client: &Client, now: DateTime<Utc>) -> Result<u64, Trouble> {
    Ok(client.execute("DELETE FROM infrai_gateway.answers WHERE until <= $1", &[&now]).await?)
}
