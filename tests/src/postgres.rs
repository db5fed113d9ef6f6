//! A Postgres server for tests: a cluster of its own in a temporary folder, gone when the test is.
//!
//! It needs `postgresql` to be installed (Debian's package is fine). It refuses to run as root, so root's is run by the
//! user `postgres` or `nobody`. A shell stands between: it stops the server and removes the folder as soon as its
//! standard input closes, which happens also when the test is killed.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::skip::skipped;

/// The password of the user `postgres` of each cluster.
pub const PASSWORD: &str = "pass/word@hunter2";
const PATIENCE: Duration = Duration::from_secs(30);

/// Stops the server when a line comes in, or when nothing holds its standard input any more; then removes everything, too.
const KEEPER: &str = r#"
"$1" -D "$2/data" -k "$2" -p "$3" -c fsync=off -c listen_addresses=127.0.0.1 -c max_connections=60 \
    -c ssl="$4" -c ssl_cert_file="$2/server.pem" -c ssl_key_file="$2/server.key" >"$2/log" 2>&1 </dev/null &
server=$!
trap '' INT TERM HUP
read -r keep
kill -QUIT $server 2>/dev/null
wait $server
[ -n "$keep" ] || { cd / && rm -rf "$2"; }
"#;

/// What signs the server's certificate, and that; `openssl` comes with Debian's Postgres.
const CERTIFICATES: &str = r#"
set -e
cd "$1"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=authority \
    -keyout ca.key -out ca.pem
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout server.key -out server.csr
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n' >server.ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.pem
chmod 600 server.key
"#;

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    tools: PathBuf,
    folder: PathBuf,
    port: u16,
    user: Option<(u32, u32)>,
    databases: AtomicU32,
    tls: bool,
    keeper: Option<(Child, ChildStdin)>,
}

impl Postgres {
    /// Makes a cluster and starts it. Nothing, and a line that says so, where Postgres isn't installed; with `CI=true`
    /// that fails.
    ///
    /// # Panics
    ///
    /// If it doesn't start.
    pub fn start() -> Option<Self> {
        let Some(tools) = tools() else {
            skipped("Postgres", "it isn't installed (`apt-get install postgresql`)");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder").keep();
        let user = unprivileged(&folder);
        if let Some((uid, gid)) = user {
            own(&folder, uid, gid);
        }
        let mut this = Self { tools, folder, port: 0, user, databases: AtomicU32::new(0), tls: false, keeper: None };
        let secret = this.folder.join("password");
        fs::write(&secret, PASSWORD).expect("the password's file");
        if let Some((uid, gid)) = user {
            own(&secret, uid, gid);
        }
        let mut initdb = this.command("initdb");
        initdb.arg("-D").arg(this.folder.join("data")).arg("--pwfile").arg(&secret);
        initdb.args(["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        done(initdb.args(["--auth-local=trust", "--auth-host=scram-sha-256"]), "initdb");
        let mut certificates = this.as_user("sh");
        let made = certificates.args(["-c", CERTIFICATES, "sh"]).arg(&this.folder).output();
        this.tls = made.is_ok_and(|output| output.status.success());
        this.run();
        Some(this)
    }

    /// Starts the server that `stop` stopped, on the same port.
    ///
    /// # Panics
    ///
    /// If it doesn't start.
    pub fn run(&mut self) {
        let end = Instant::now() + PATIENCE;
        while self.keeper.is_none() {
            assert!(Instant::now() < end, "Postgres doesn't start:\n{}", self.log());
            let port = if self.port == 0 { free_port() } else { self.port };
            let mut keeper = self.as_user("sh");
            keeper.args(["-c", KEEPER, "sh"]).arg(self.tools.join("postgres")).arg(&self.folder);
            keeper.args([port.to_string().as_str(), if self.tls { "on" } else { "off" }]);
            let mut child = keeper.stdin(Stdio::piped()).spawn().expect("a shell");
            let input = child.stdin.take().expect("its standard input");
            self.keeper = Some((child, input));
            let asked = Instant::now();
            while !self.ready(port) {
                // Somebody else took the port, or it hangs: another try.
                if asked.elapsed() > PATIENCE / 3 || self.log().contains("could not bind") {
                    self.stop();
                    break;
                }
                sleep(Duration::from_millis(50));
            }
            if self.keeper.is_some() {
                self.port = port;
            }
        }
    }

    /// Stops the server at once; its data stay.
    pub fn stop(&mut self) {
        if let Some((mut child, mut input)) = self.keeper.take() {
            let _ = input.write_all(b"keep\n");
            drop(input);
            let _ = child.wait();
        }
    }

    /// Makes an empty database, and gives its URL: over TCP, with the password.
    pub fn database(&self) -> String {
        self.database_with("")
    }

    /// Makes an empty database with these options of `CREATE DATABASE`.
    pub fn database_with(&self, options: &str) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0 {options}"));
        let password = PASSWORD.replace('/', "%2F").replace('@', "%40");
        format!("postgres://postgres:{password}@127.0.0.1:{}/{name}", self.port)
    }

    /// Has a database do something; what it prints, bare.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut psql = self.command("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-c", sql]);
        let output = done(psql.arg("-h").arg(&self.folder).args(["-p", &self.port.to_string()]), sql);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The certificate of the authority behind the server's, which is for `127.0.0.1` and `localhost`. Nothing if there
    /// is no `openssl`, and so no TLS.
    pub fn authority(&self) -> Option<PathBuf> {
        self.tls.then(|| self.folder.join("ca.pem"))
    }

    fn ready(&self, port: u16) -> bool {
        let mut ask = self.command("pg_isready");
        let port = port.to_string();
        ask.args(["-q", "-h", "127.0.0.1", "-p", &port]).status().is_ok_and(|status| status.success())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn command(&self, tool: &str) -> Command {
        self.as_user(self.tools.join(tool))
    }

    fn as_user(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).stdin(Stdio::null()).env("LC_ALL", "C");
        #[cfg(unix)]
        if let Some((uid, gid)) = self.user {
            std::os::unix::process::CommandExt::uid(&mut command, uid);
            std::os::unix::process::CommandExt::gid(&mut command, gid);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some((mut child, input)) = self.keeper.take() {
            drop(input);
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where `initdb` and `postgres` are: on the path, or where Debian keeps them, the newest first.
fn tools() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    let number = |path: &PathBuf| {
        path.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse::<u32>().ok()).unwrap_or(0)
    };
    folders.sort_by_key(|path| std::cmp::Reverse(number(path)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all = std::env::split_paths(&path).chain(folders);
    all.find(|folder| ["initdb", "postgres", "psql", "pg_isready"].iter().all(|tool| folder.join(tool).is_file()))
}

/// Somebody that isn't root, if this is root: whoever owns the new folder runs this.
fn unprivileged(folder: &Path) -> Option<(u32, u32)> {
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::uid(&fs::metadata(folder).expect("the folder")) == 0 {
        let users = fs::read_to_string("/etc/passwd").expect("the list of users");
        let find = |name: &str| {
            let mut lines = users.lines().map(|line| line.split(':'));
            let mut fields = lines.find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
            Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
        };
        return Some(find("postgres").or_else(|| find("nobody")).expect("a user `postgres` or `nobody`"));
    }
    let _ = folder;
    None
}

fn own(path: &Path, uid: u32, gid: u32) {
    #[cfg(unix)]
    std::os::unix::fs::chown(path, Some(uid), Some(gid)).expect("a change of owner");
    let _ = (path, uid, gid);
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn done(command: &mut Command, what: &str) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
