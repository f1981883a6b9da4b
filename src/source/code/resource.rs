//! What reading code gives.

use super::file::{Files, Place, Span};
use super::node::Node;

/// One thing that is deployed as a whole: a template, a Terraform root module, a plan.
#[derive(Clone, Debug)]
pub struct Root {
    /// What it is written in.
    pub language: Language,
    /// Where it begins: the template, the root module's folder, the plan.
    pub path: String,
    /// All files that were read for it.
    pub files: Files,
    /// What it deploys.
    pub resources: Vec<CodeResource>,
    /// What could not be read or understood.
    pub unread: Vec<Unread>,
    /// What was assumed, for people: the provider's major version and why.
    pub notes: Vec<String>,
}

impl Root {
    /// A root of which nothing could be read.
    pub fn lost(language: Language, path: &str, files: Files, why: Unread) -> Self {
        let (resources, notes) = (Vec::new(), Vec::new());
        Self { language, path: path.to_owned(), files, resources, unread: vec![why], notes }
    }
}

/// A language of infrastructure code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// ARM template.
    Arm,
    /// Bicep.
    Bicep,
    /// Terraform's HCL.
    Terraform,
    /// `terraform show -json` of a plan.
    Plan,
}

/// A resource as it would be deployed, in Resource Manager's shape.
#[derive(Clone, Debug)]
pub struct CodeResource {
    /// How the code names it; reports and fingerprints use it: `arm:<file>#<symbolic or evaluated name>`,
    /// `terraform:<module path>.<type>.<name>`. Unique in what is scanned.
    pub address: String,
    /// An id in Resource Manager's shape by which relations inside the root hold
    /// (`/subscriptions/<root>/resourceGroups/<group>/providers/<type>/<name>`); never shown.
    pub id: String,
    /// Type: `Microsoft.Storage/storageAccounts`.
    pub kind: String,
    /// `name`, `location`, `tags`, `sku`, `properties` … as an object. It carries neither `id` nor `type`.
    pub body: Node,
    /// The whole block: what lacks a property is shown here.
    pub block: Span,
}

/// Something that could not be read or understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The file.
    pub file: String,
    /// Where in it, if anywhere in particular.
    pub place: Option<Place>,
    /// What is lost: the resource's address; empty when it is the whole file.
    pub what: String,
    /// Why, and what to do.
    pub reason: String,
}
