//! The server's life: listeners, a thread and runtime of its own, files for the client, the end.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::faults::Fault;
use super::http::{Connection, Reply};
use super::journal::{Calls, Violation};
use super::route;
use super::state::{CLIENT, SECRET, State};
use super::tls::Authority;
use super::world::World;

/// A host that is not Azure's.
pub const FOREIGN: &str = "evil.example.net";

const NAMES: &[&str] =
    &["login.microsoftonline.com", "management.azure.com", "graph.microsoft.com", "*.vault.azure.net"];

/// How the server pages, and whom it hides what from. Start with [`Settings::of`].
pub struct Settings {
    pub(super) world: World,
    pub(super) page: usize,
    pub(super) rows: usize,
    pub(super) hidden: Vec<String>,
    pub(super) invisible: Vec<String>,
    pub(super) faults: Vec<Fault>,
}

impl Settings {
    /// Plays the snapshot in `directory`.
    pub fn of(directory: &Path) -> Self {
        Self {
            world: World::load(directory),
            page: 25,
            rows: 1000,
            hidden: Vec::new(),
            invisible: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Items on a page of ARM, Microsoft Graph and Key Vault (25).
    pub fn page(mut self, items: usize) -> Self {
        self.page = items;
        self
    }

    /// At most this many rows on a page of Resource Graph, whatever `$top` asks (1,000).
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }

    /// Resource Graph leaves this subscription out without a word, as it does with scopes whose
    /// resources the identity may not read.
    pub fn hidden_from_resource_graph(mut self, subscription: &str) -> Self {
        self.hidden.push(subscription.to_ascii_lowercase());
        self
    }

    /// The identity has no role in this subscription: it is in no list, and only the management groups
    /// above it tell that it exists.
    pub fn invisible(mut self, subscription: &str) -> Self {
        self.invisible.push(subscription.to_ascii_lowercase());
        self.hidden_from_resource_graph(subscription)
    }

    /// Adds a fault; the first one that hits a request decides.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Starts the server.
    pub fn start(self) -> TestAzure {
        TestAzure::start(self)
    }
}

/// A running server. Dropping it stops it, and panics when something happened that must not.
pub struct TestAzure {
    state: Arc<State>,
    directory: TempDir,
    address: SocketAddr,
    foreign: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl TestAzure {
    fn start(settings: Settings) -> Self {
        let authority = Authority::new();
        let state = Arc::new(State::new(settings));
        let listen = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            let address = listener.local_addr().unwrap();
            (listener, address)
        };
        let ((main, address), (other, foreign)) = (listen(), listen());
        let acceptors = (authority.acceptor(NAMES), authority.acceptor(&[FOREIGN]));
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let main = TcpListener::from_std(main).unwrap();
                let other = TcpListener::from_std(other).unwrap();
                tokio::select! {
                    () = serve(main, acceptors.0, Arc::clone(&shared)) => {}
                    () = serve_foreign(other, acceptors.1, shared) => {}
                    _ = stopped => {}
                }
            });
        });
        let azure = Self {
            state,
            directory: tempfile::tempdir().unwrap(),
            address,
            foreign,
            stop: Some(stop),
            thread: Some(thread),
        };
        std::fs::write(azure.ca_file(), &authority.pem).unwrap();
        std::fs::write(azure.cloud_file(), azure.cloud()).unwrap();
        azure
    }

    fn cloud(&self) -> String {
        let mut text = String::from(
            "[cloud]\nname = \"custom\"\nauthority_host = \"https://login.microsoftonline.com\"\n\
             resource_manager = \"https://management.azure.com\"\nmicrosoft_graph = \"https://graph.microsoft.com\"\n\
             vault_suffixes = [\".vault.azure.net\"]\n",
        );
        text.push_str(&format!("ca_file = '{}'\n\n[cloud.resolve]\n", self.ca_file().display()));
        for name in NAMES {
            text.push_str(&format!("{name:?} = \"{}\"\n", self.address));
        }
        text.push_str(&format!("{FOREIGN:?} = \"{}\"\n", self.foreign));
        text
    }

    /// The file for `--cloud-file`.
    pub fn cloud_file(&self) -> PathBuf {
        self.directory.path().join("cloud.toml")
    }

    /// The authority's certificate, PEM.
    pub fn ca_file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Environment for `--auth env`.
    pub fn env(&self) -> [(&'static str, String); 3] {
        [
            ("AZURE_TENANT_ID", self.state.world.tenant.clone()),
            ("AZURE_CLIENT_ID", CLIENT.to_owned()),
            ("AZURE_CLIENT_SECRET", SECRET.to_owned()),
        ]
    }

    /// Arguments of the binary after its command: `scan`, or another that reads live.
    pub fn args(&self) -> [String; 4] {
        let file = self.cloud_file().display().to_string();
        ["--cloud-file".into(), file, "--auth".into(), "env".into()]
    }

    /// Where the real names are served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the foreign host listens.
    pub fn foreign_address(&self) -> SocketAddr {
        self.foreign
    }

    /// A link to the foreign host, for [`Fault::next_link`].
    pub fn foreign_link(&self) -> String {
        format!("https://{FOREIGN}:{}/next?api-version=1&$skiptoken=1", self.foreign.port())
    }

    /// The tenant.
    pub fn world(&self) -> &World {
        &self.state.world
    }

    /// Adds a fault to the running server.
    pub fn add_fault(&self, fault: Fault) {
        self.state.faults.lock().unwrap().push(fault);
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.state.faults.lock().unwrap().clear();
    }

    /// All requests to the real names so far.
    pub fn calls(&self) -> Calls {
        Calls(self.state.journal.lock().unwrap().calls.clone())
    }

    /// Forgets the requests so far, for a second scan in one test.
    pub fn clear_calls(&self) {
        self.state.journal.lock().unwrap().calls.clear();
    }

    /// What should not have happened.
    pub fn violations(&self) -> Vec<Violation> {
        self.state.journal.lock().unwrap().violations.clone()
    }

    /// Takes the violations out, for tests that make some.
    pub fn take_violations(&self) -> Vec<Violation> {
        std::mem::take(&mut self.state.journal.lock().unwrap().violations)
    }

    /// Connections to the foreign host and the requests on them.
    pub fn foreign_requests(&self) -> Vec<String> {
        self.state.journal.lock().unwrap().foreign.clone()
    }

    /// Takes the foreign requests out, for tests that make some.
    pub fn take_foreign_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state.journal.lock().unwrap().foreign)
    }
}

impl Drop for TestAzure {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the test Azure itself failed");
        }
        if !std::thread::panicking() {
            let journal = self.state.journal.lock().unwrap();
            let wrong: Vec<String> = journal.violations.iter().map(ToString::to_string).collect();
            assert!(wrong.is_empty(), "a read-only scanner did this:\n{}", wrong.join("\n"));
            assert!(journal.foreign.is_empty(), "contacted {FOREIGN}: {:?}", journal.foreign);
        }
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, state: Arc<State>) {
    while let Ok((socket, _)) = listener.accept().await {
        let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            let Some(mut connection) = accept(&acceptor, socket).await else {
                return;
            };
            while let Ok(Some(request)) = connection.read().await {
                let reply = route::respond(&state, &request, Instant::now());
                if !connection.write(&reply).await.unwrap_or(false) {
                    break;
                }
            }
        });
    }
}

/// The foreign host: it would answer with a resource of its own making.
async fn serve_foreign(listener: TcpListener, acceptor: TlsAcceptor, state: Arc<State>) {
    while let Ok((socket, _)) = listener.accept().await {
        let note = |text: String| state.journal.lock().unwrap().foreign.push(text);
        note("a connection".to_owned());
        let Some(mut connection) = accept(&acceptor, socket).await else {
            continue;
        };
        while let Ok(Some(request)) = connection.read().await {
            let token = if request.token().is_some() { " with a token" } else { "" };
            note(format!("{} {}{token}", request.method, request.url()));
            let forged = json!({"value": [{"id": "/subscriptions/forged", "name": "forged"}]});
            if !connection.write(&Reply::json(200, &forged)).await.unwrap_or(false) {
                break;
            }
        }
    }
}

async fn accept(acceptor: &TlsAcceptor, socket: TcpStream) -> Option<Connection> {
    socket.set_nodelay(true).ok()?;
    acceptor.accept(socket).await.ok().map(Connection::new)
}
