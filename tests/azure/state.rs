//! What the services share: the tenant, the tokens, the faults, the journal.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::Value;

use super::entra::Audience;
use super::faults::Fault;
use super::journal::Journal;
use super::server::Settings;
use super::world::World;

/// The client id that may have tokens.
pub const CLIENT: &str = "c11e0000-0000-4000-8000-00000000c11e";
/// Its secret.
pub const SECRET: &str = "not-a-secret-for-the-test-azure";

/// What the services share.
pub struct State {
    /// The tenant.
    pub world: World,
    /// Items on a page.
    pub page: usize,
    /// Rows on a page of Resource Graph.
    pub rows: usize,
    /// Subscriptions that Resource Graph leaves out.
    pub hidden: Vec<String>,
    /// Subscriptions that the identity can't see.
    pub invisible: Vec<String>,
    /// What happened.
    pub journal: Mutex<Journal>,
    /// What shall go wrong.
    pub faults: Mutex<Vec<Fault>>,
    /// The last query of Resource Graph and its rows, for the pages to come.
    pub last_query: Mutex<(String, Vec<Value>)>,
    tokens: Mutex<Tokens>,
}

#[derive(Default)]
struct Tokens {
    issued: HashMap<String, Audience>,
    /// Tokens below this number are no longer good.
    valid_from: usize,
}

impl State {
    /// Nothing has happened yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            world: settings.world,
            page: settings.page,
            rows: settings.rows,
            hidden: settings.hidden,
            invisible: settings.invisible,
            journal: Mutex::default(),
            faults: Mutex::new(settings.faults),
            last_query: Mutex::default(),
            tokens: Mutex::default(),
        }
    }

    /// The subscription as it is spelled, if the identity can see it.
    pub fn subscription(&self, id: &str) -> Option<&str> {
        let found = self.world.subscription(id)?;
        (!self.invisible.contains(&found.to_ascii_lowercase())).then_some(found)
    }

    /// A new token for `audience`.
    pub fn issue(&self, audience: Audience) -> String {
        let mut tokens = self.tokens.lock().unwrap();
        let token = format!("eyJ.test-token-{}.{}", tokens.issued.len(), audience.len());
        tokens.issued.insert(token.clone(), audience);
        token
    }

    /// The audience of a token that is still good.
    pub fn audience(&self, token: &str) -> Option<Audience> {
        let tokens = self.tokens.lock().unwrap();
        let number: usize = token.strip_prefix("eyJ.test-token-")?.split('.').next()?.parse().ok()?;
        (number >= tokens.valid_from).then(|| tokens.issued.get(token).copied()).flatten()
    }

    /// Ends the validity of all tokens issued so far.
    pub fn revoke_tokens(&self) {
        let mut tokens = self.tokens.lock().unwrap();
        tokens.valid_from = tokens.issued.len();
    }
}
