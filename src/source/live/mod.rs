//! Live Azure: one acquisition, from the list of subscriptions to the last key.
//!
//! Resource Graph enumerates; Resource Manager fills in what the enabled rules read and rows lack;
//! key vaults and Microsoft Graph are asked last. Whatever can't be read becomes coverage, never
//! silence.

use crate::azure::cloud::Cloud;
use crate::azure::credential::{AuthMode, CredentialError};
use crate::azure::rest_error::RestError;
use crate::azure::throttle::RetryPolicy;
use crate::azure::transport::{TransportError, TransportLimits};
use crate::azure::{Azure, Connection};
use crate::inventory::coverage::{CoverageEntry, CoverageState};
use crate::inventory::reads::{RESOURCES, Reads, table_read};
use crate::source::recording::Recording;

pub mod arm_endpoints;
pub mod calls;
pub mod directory;
pub mod gather;
pub mod graph_endpoints;
pub mod lists;
pub mod permissions;
pub mod plan;
mod plan_words;
pub mod progress;
pub mod scope;
pub mod select;
pub mod tables;
pub mod vaults;

pub use progress::{NoProgress, Progress, Stop};
pub use select::Selection;

use calls::Caller;
use gather::{Gathered, Rank};
use lists::Lists;
use plan::{MANAGEMENT_GROUPS, Plan, SUBSCRIPTIONS, TableRead};
use scope::Scope;

/// What is to be acquired, and how.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Which Azure.
    pub cloud: Cloud,
    /// How to sign in.
    pub auth: AuthMode,
    /// Tenant to sign in to.
    pub tenant: Option<String>,
    /// What narrows the scan.
    pub selection: Selection,
    /// Calls at a time.
    pub concurrency: usize,
    /// When to try again.
    pub retry: RetryPolicy,
    /// Limits of one request.
    pub limits: TransportLimits,
    /// Start of the acquisition, RFC 3339 in UTC with seconds.
    pub taken_at: String,
}

impl LiveOptions {
    /// Everything that the identity can see in `cloud`, 16 calls at a time.
    pub fn new(cloud: Cloud, taken_at: String) -> Self {
        Self {
            cloud,
            auth: AuthMode::default(),
            tenant: None,
            selection: Selection::default(),
            concurrency: 16,
            retry: RetryPolicy::default(),
            limits: TransportLimits::default(),
            taken_at,
        }
    }

    /// The connection that these options ask for.
    pub fn connection(&self) -> Connection {
        Connection {
            cloud: self.cloud.clone(),
            auth: self.auth,
            tenant: self.tenant.clone(),
            retry: self.retry,
            limits: self.limits,
            concurrency: self.concurrency,
        }
    }
}

/// Nothing could be acquired.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The HTTP clients could not be set up.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// No token.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The list of subscriptions could not be read.
    #[error("could not list the subscriptions: {0}")]
    Unreachable(RestError),
    /// The identity sees none.
    #[error("the identity can see no subscription; give it the Reader role on one, or on a management group")]
    NoSubscriptions,
    /// The identity sees none of those that were asked for.
    #[error("the identity can't see any of: {}; check the ids and its roles", .0.join(", "))]
    NotVisible(Vec<String>),
    /// What lies below a management group that was asked for could not be read.
    #[error("could not list what is below the management group {name}: {error}")]
    ManagementGroup {
        /// Its name.
        name: String,
        /// Why.
        error: RestError,
    },
    /// Stopped before anything was known.
    #[error("stopped before anything was read")]
    Interrupted,
}

/// Acquires what `reads` needs. Fails only when nothing could be seen; all else is coverage.
pub async fn record(
    options: &LiveOptions,
    reads: &Reads,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<Recording, LiveError> {
    let azure = Azure::new(&options.connection())?;
    acquire(&azure, options, reads, progress, stop).await
}

/// [`record`] over a connection that is there already.
pub async fn acquire(
    azure: &Azure,
    options: &LiveOptions,
    reads: &Reads,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<Recording, LiveError> {
    progress.step("signing in");
    let scope_of_token = options.cloud.resource_manager_scope();
    stop.unless_stopped(azure.credential().acquire(&scope_of_token))
        .await
        .ok_or(LiveError::Interrupted)??;

    let plan = Plan::of(reads);
    let (rest, graph_rest) = (azure.resource_manager(), azure.microsoft_graph());
    let caller = Caller { rest: &rest, concurrency: options.concurrency, progress, stop };
    progress.step("listing subscriptions");
    let scope = scope::discover(&caller, &options.selection).await?;

    let mut gathered = Gathered::default();
    let mut vault = Gathered::default();
    let mut graph = Gathered::default();
    let arm = async {
        arm(&caller, azure, options, &plan, &scope, &mut gathered, &mut vault).await;
    };
    tokio::join!(arm, directory::read(&caller, &graph_rest, &plan.graph, &mut graph));
    if !plan.graph_children.is_empty() {
        progress.step("reading what belongs to directory objects");
        directory::read_children(&caller, &graph_rest, &plan.graph_children, &gathered, &mut graph).await;
    }

    let (graph, graph_coverage) = graph.into_parts();
    let (vault, _) = vault.into_parts();
    for entry in graph_coverage {
        gathered.cover(entry);
    }
    let scopes = scopes(&scope.subscriptions, &options.selection);
    let (resources, coverage) = gathered.into_parts();
    Ok(Recording {
        tenant_id: scope.tenant_id.or_else(|| options.tenant.clone()),
        cloud: options.cloud.name.clone(),
        taken_at: options.taken_at.clone(),
        scopes,
        resources,
        graph,
        vault,
        coverage,
    })
}

/// Everything from Resource Manager, and the vaults that it names.
async fn arm(
    caller: &Caller<'_>,
    azure: &Azure,
    options: &LiveOptions,
    plan: &Plan,
    scope: &Scope,
    gathered: &mut Gathered,
    vault: &mut Gathered,
) {
    let subscriptions = &scope.subscriptions;
    cover_scope(plan, scope, gathered);
    caller.progress.step("querying Resource Graph");
    let tables = tables::read(caller, &plan.tables, subscriptions, gathered).await;
    for kind in &plan.nested {
        for subscription in subscriptions {
            // What lies in a body is known as far as the bodies are.
            if let Some(entry) = tables.get(RESOURCES, subscription) {
                gathered.cover(CoverageEntry { read: kind.clone(), ..entry.clone() });
            }
        }
    }
    caller.progress.step("reading what Resource Graph lacks");
    let mut lists = Lists::new(*caller, subscriptions, &options.selection, &tables);
    for of_kind in plan.children.chunk_by(|one, other| one.kind == other.kind) {
        lists.children(of_kind, gathered).await;
    }
    for list in &plan.scoped {
        lists.scoped(list, gathered).await;
    }
    for list in &plan.tenant {
        lists.tenant(list, gathered).await;
    }
    for detail in &plan.details {
        lists.details(detail, gathered).await;
    }
    if !plan.vaults.is_empty() {
        caller.progress.step("reading key vaults");
        vaults::read(&lists, &azure.vaults(), &plan.vaults, gathered, vault).await;
    }
}

/// Coverage of the scan's own scope: subscriptions that exist and can't be seen, and types that no
/// call is known for.
fn cover_scope(plan: &Plan, scope: &Scope, gathered: &mut Gathered) {
    let list = scope.listing.shortfall.as_ref();
    gathered.cover(match list {
        Some(error) => error.entry("/", SUBSCRIPTIONS, true),
        None => CoverageEntry::new("/", SUBSCRIPTIONS, CoverageState::Complete),
    });
    let mut tables: Vec<String> = plan.tables.iter().map(TableRead::read).collect();
    if tables.is_empty() {
        tables.push(table_read(RESOURCES));
    }
    for subscription in &scope.unseen {
        for table in &tables {
            gathered.cover(CoverageEntry {
                code: Some("SubscriptionNotVisible".into()),
                missing_action: Some("Microsoft.Resources/subscriptions/read".into()),
                message: Some(
                    "the subscription exists or was asked for, and the identity can't see it".into(),
                ),
                ..CoverageEntry::new(format!("/subscriptions/{subscription}"), table, CoverageState::Denied)
            });
        }
    }
    for kind in &plan.no_endpoint {
        gathered.cover(CoverageEntry {
            code: Some("NoEndpoint".into()),
            message: Some("this version of skytjek knows no call that reads the type".into()),
            ..CoverageEntry::new("/", kind, CoverageState::Failed)
        });
    }
    if plan.management_groups {
        let mut groups = scope.management_groups.clone();
        gathered.keep_all(Rank::Row, &mut groups);
        let entry = match &groups.shortfall {
            Some(error) => error.entry("/", MANAGEMENT_GROUPS, groups.pages > 0),
            None if groups.pages == 0 => return,
            None => CoverageEntry::new("/", MANAGEMENT_GROUPS, CoverageState::Complete),
        };
        gathered.cover(entry);
    }
}

/// The scopes that were asked for, in order.
fn scopes(subscriptions: &[String], selection: &Selection) -> Vec<String> {
    let mut scopes: Vec<String> = subscriptions
        .iter()
        .flat_map(|id| {
            let subscription = format!("/subscriptions/{id}");
            if selection.resource_groups.is_empty() {
                return vec![subscription];
            }
            let group = |name| format!("{subscription}/resourceGroups/{name}");
            selection.resource_groups.iter().map(group).collect()
        })
        .collect();
    scopes.sort_by_key(|scope| scope.to_ascii_lowercase());
    scopes
}
