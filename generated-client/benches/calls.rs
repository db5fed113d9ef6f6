//! What a call costs: this client beside reqwest and hyper by hand, in one run, against a server in another process.
//!
//! `cargo bench -p infrai --bench calls`. CPU is that of the client's one thread, as Linux counts it; the server's isn't in it.
//! The clients take turns in short rounds, and the median of the rounds counts, so that a busy machine hurts all alike.

#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "it prints numbers for people")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use infrai::Client;
use infrai::types::{PresignObjectRequest, PresignedUrl};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

type Fault = Box<dyn std::error::Error + Send + Sync>;

const KEY: &str = "ifr_pk_proj_0123456789abcdef0123456789";
const PATH: &str = "/v1/storage/buckets/user-uploads/objects/reports%2F2026%2Fq1.pdf/presign";
const ROUNDS: usize = 40;
const CALLS: usize = 500;

fn main() -> Result<(), Fault> {
    if std::env::args().any(|word| word == "serve") {
        return runtime()?.block_on(serve());
    }
    let server = Server::start()?;
    runtime()?.block_on(one_after_the_other(server.address))?;
    if std::env::var_os("ONLY").is_some() {
        return Ok(());
    }
    at_once(server.address)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// The server, as a process of its own, so that its work isn't counted.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Result<Self, Fault> {
        let mut child = Command::new(std::env::current_exe()?).arg("serve").stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        Ok(Self { child, address: line.trim().parse()? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers every request with the same signed URL.
async fn serve() -> Result<(), Fault> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    let url = format!("http://127.0.0.1:7101/ifr-user-uploads/reports/2026/q1.pdf?X-Amz-Signature={}", "0".repeat(300));
    let body = json!({"url": url, "method": "PUT", "expires_at": "2026-01-15T09:40:00Z"});
    let body = Bytes::from(body.to_string());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let body = body.clone();
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let body = body.clone();
            async move {
                request.into_body().collect().await?;
                let answer = hyper::Response::builder()
                    .header("content-type", "application/json")
                    .header("x-request-id", "req_0123456789")
                    .body(Full::new(body));
                Ok::<_, hyper::Error>(answer.unwrap_or_default())
            }
        });
        tokio::spawn(async move {
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// A client under test.
enum Caller {
    Ours(Client),
    Reqwest(reqwest::Client, String),
    ReqwestSameHeaders(reqwest::Client, String),
    Hyper(Box<SendRequest<Full<Bytes>>>, SocketAddr),
}

impl Caller {
    async fn all(address: SocketAddr) -> Result<Vec<(&'static str, Self)>, Fault> {
        let url = format!("http://{address}{PATH}");
        let reqwest = || reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build();
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
        tokio::spawn(connection);
        Ok(vec![
            ("infrai", Self::Ours(ours(address)?)),
            ("reqwest by hand", Self::Reqwest(reqwest()?, url.clone())),
            ("reqwest by hand, the same headers", Self::ReqwestSameHeaders(reqwest()?, url)),
            ("hyper by hand", Self::Hyper(Box::new(sender), address)),
        ])
    }

    async fn call(&mut self) -> Result<PresignedUrl, Fault> {
        match self {
            Self::Ours(client) => {
                let presign = client.storage().object().presign("user-uploads", "reports/2026/q1.pdf");
                Ok(presign.expires_seconds(600).send().await?)
            }
            Self::Reqwest(client, url) => {
                let request = client.post(&*url).bearer_auth(KEY).json(&body());
                Ok(request.send().await?.error_for_status()?.json().await?)
            }
            Self::ReqwestSameHeaders(client, url) => {
                let request = client.post(&*url).bearer_auth(KEY).json(&body()).header("accept", "application/json");
                let request = request.header("user-agent", "infrai-rust/0.1.0").header("x-infrai-attempt", "1");
                let request = request.header("x-request-id", Uuid::new_v4().to_string());
                Ok(request.send().await?.error_for_status()?.json().await?)
            }
            Self::Hyper(sender, address) => {
                let request = hyper::Request::post(PATH)
                    .header("host", address.to_string())
                    .header("authorization", format!("Bearer {KEY}"))
                    .header("content-type", "application/json")
                    .body(Full::new(Bytes::from(serde_json::to_vec(&body())?)))?;
                sender.ready().await?;
                let answer = sender.send_request(request).await?;
                Ok(serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?)
            }
        }
    }
}

fn ours(address: SocketAddr) -> Result<Client, infrai::Error> {
    Client::builder().base_url(format!("http://{address}")).api_key(KEY).build()
}

fn body() -> PresignObjectRequest {
    let mut body = PresignObjectRequest::new();
    body.expires_seconds = Some(600);
    body
}

/// CPU and latency of calls that wait for each other.
async fn one_after_the_other(address: SocketAddr) -> Result<(), Fault> {
    let mut callers = Caller::all(address).await?;
    if let Ok(only) = std::env::var("ONLY") {
        // For a profiler: so many calls of one client, and nothing else.
        callers.retain(|(name, _)| *name == only);
        for (_, caller) in &mut callers {
            for _ in 0..std::env::var("CALLS")?.parse()? {
                caller.call().await?;
            }
        }
        return Ok(());
    }
    let mut rounds: Vec<Vec<Round>> = callers.iter().map(|_| Vec::new()).collect();
    for round in 0..=ROUNDS {
        for ((_, caller), rounds) in callers.iter_mut().zip(&mut rounds) {
            let measured = Round::measure(caller).await?;
            // The first round warms up.
            if round > 0 {
                rounds.push(measured);
            }
        }
    }
    println!("one call after the other, {ROUNDS} rounds of {CALLS} calls each, medians:");
    println!("{:36} {:>14} {:>8} {:>10} {:>10}", "", "CPU a call", "ratio", "p50", "p99");
    let base = median(rounds[1].iter().map(|round| round.cpu));
    for ((name, _), rounds) in callers.iter().zip(&rounds) {
        let cpu = median(rounds.iter().map(|round| round.cpu));
        let (p50, p99) = (median(rounds.iter().map(|round| round.p50)), median(rounds.iter().map(|round| round.p99)));
        println!("{name:36} {:>11.1} µs {:>8.3} {p50:>7.1} µs {p99:>7.1} µs", cpu, cpu / base);
    }
    Ok(())
}

/// What one caller took in one round, in microseconds.
struct Round {
    cpu: f64,
    p50: f64,
    p99: f64,
}

impl Round {
    async fn measure(caller: &mut Caller) -> Result<Self, Fault> {
        let mut times = Vec::with_capacity(CALLS);
        let before = thread_cpu()?;
        for _ in 0..CALLS {
            let start = Instant::now();
            caller.call().await?;
            times.push(start.elapsed());
        }
        let cpu = thread_cpu()?.saturating_sub(before).as_secs_f64() * 1e6 / CALLS as f64;
        times.sort();
        let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1e6;
        Ok(Self { cpu, p50: at(50), p99: at(99) })
    }
}

/// The CPU time of this thread (`Documentation/scheduler/sched-stats.rst` of Linux: nanoseconds on the CPU come first).
fn thread_cpu() -> Result<Duration, Fault> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(text.split(' ').next().ok_or("no number")?.parse()?))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Calls a second, with so many tasks that call without pause.
fn at_once(address: SocketAddr) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("\ncalls a second, {} threads:", runtime.metrics().num_workers());
    println!("{:>8} {:>12} {:>12} {:>8}", "tasks", "infrai", "reqwest", "ratio");
    for tasks in [1, 16, 256] {
        let (mut ours_rates, mut raw_rates) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            let client = Arc::new(ours(address)?);
            ours_rates.push(runtime.block_on(rate(tasks, move || {
                let client = Arc::clone(&client);
                async move {
                    let presign = client.storage().object().presign("user-uploads", "reports/2026/q1.pdf");
                    presign.expires_seconds(600).send().await.map(drop).map_err(Fault::from)
                }
            }))?);
            let raw = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
            let url = format!("http://{address}{PATH}");
            raw_rates.push(runtime.block_on(rate(tasks, move || {
                let request = raw.post(&*url).bearer_auth(KEY).json(&body());
                async move {
                    let answer: PresignedUrl = request.send().await?.error_for_status()?.json().await?;
                    drop(answer);
                    Ok(())
                }
            }))?);
        }
        let (ours, raw) = (median(ours_rates.into_iter()), median(raw_rates.into_iter()));
        println!("{tasks:>8} {ours:>12.0} {raw:>12.0} {:>8.3}", ours / raw);
    }
    Ok(())
}

async fn rate<F, R>(tasks: usize, call: F) -> Result<f64, Fault>
where
    F: Fn() -> R + Clone + Send + 'static,
    R: Future<Output = Result<(), Fault>> + Send,
{
    let until = Instant::now() + Duration::from_secs(1);
    let start = Instant::now();
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let call = call.clone();
            tokio::spawn(async move {
                let mut done = 0_u32;
                while Instant::now() < until {
                    call().await?;
                    done += 1;
                }
                Ok::<_, Fault>(done)
            })
        })
        .collect();
    let mut done = 0.0;
    for task in tasks {
        done += f64::from(task.await??);
    }
    Ok(done / start.elapsed().as_secs_f64())
}
