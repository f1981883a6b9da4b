//! Arguments that commands share: which Azure, how to sign in, what to read, which rules.

use std::path::PathBuf;

use clap::Args;

use super::terminal::{Color, Failure};
use crate::analysis::exposure::service_tag::ServiceTags;
use crate::azure::cloud::{Cloud, PRESETS};
use crate::azure::credential::AuthMode;
use crate::config::{Config, FILE_NAME};
use crate::rule::pack::Pack;
use crate::rule::profile::Choice;
use crate::source::live::{LiveOptions, Selection};

/// What is scanned.
#[derive(Debug, Args)]
#[command(next_help_heading = "What to scan")]
pub(super) struct SelectionArgs {
    /// Only this subscription: GUID or name (repeatable)
    #[arg(long, value_name = "SUBSCRIPTION")]
    subscription: Vec<String>,
    /// Only what is below this management group (live; repeatable)
    #[arg(long, value_name = "GROUP")]
    management_group: Vec<String>,
    /// Only this resource group (repeatable)
    #[arg(long, value_name = "GROUP")]
    resource_group: Vec<String>,
    /// Only resources with this tag (repeatable; all must be there)
    #[arg(long, value_name = "NAME=VALUE", value_parser = tag)]
    tag: Vec<(String, String)>,
}

fn tag(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "expected NAME=VALUE".to_owned())
}

impl SelectionArgs {
    pub(super) fn selection(&self) -> Selection {
        Selection {
            subscriptions: self.subscription.clone(),
            management_groups: self.management_group.clone(),
            resource_groups: self.resource_group.clone(),
            tags: self.tag.clone(),
        }
    }
}

/// How a command that reads a source behaves.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Exit with 0 instead of 3 although something could not be seen
    #[arg(long)]
    pub(super) allow_incomplete: bool,
    /// No progress on standard error
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Colours: auto, always or never
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

/// How live Azure is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Live Azure")]
pub(super) struct LiveArgs {
    /// How to sign in: auto, cli, env, workload-identity, managed-identity or azure-pipelines
    #[arg(long, default_value_t, value_name = "HOW")]
    auth: AuthMode,
    /// Tenant to sign in to
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Which Azure: public, us-government or china
    #[arg(long, value_name = "CLOUD", value_parser = clap::builder::PossibleValuesParser::new(PRESETS), conflicts_with = "cloud_file")]
    cloud: Option<String>,
    /// A TOML file with a [cloud] table, for Azure Stack Hub and proxies that inspect TLS
    #[arg(long, value_name = "FILE")]
    cloud_file: Option<PathBuf>,
    /// Configuration file [default: skytjek.toml, where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Calls at a time
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
}

impl LiveArgs {
    /// The options of a live acquisition that starts at `taken_at`.
    pub(super) fn options(&self, selection: Selection, taken_at: String) -> Result<LiveOptions, Failure> {
        let mut options = LiveOptions::new(self.cloud()?, taken_at);
        options.auth = self.auth;
        options.tenant.clone_from(&self.tenant);
        options.concurrency = usize::from(self.concurrency);
        options.selection = selection;
        Ok(options)
    }

    /// What the command line says, else the configuration, else public Azure.
    fn cloud(&self) -> Result<Cloud, Failure> {
        let preset = |name: &str| Cloud::preset(name).map_err(|error| Failure::usage(error.to_string()));
        if let Some(file) = &self.cloud_file {
            return Config::load_cloud(file).map_err(|error| Failure::usage(error.to_string()));
        }
        if let Some(name) = &self.cloud {
            return preset(name);
        }
        self.configuration()?.cloud.map_or_else(|| preset("public"), Ok)
    }

    /// What the configuration says; nothing where there is none.
    pub(super) fn configuration(&self) -> Result<Config, Failure> {
        let beside = PathBuf::from(FILE_NAME);
        match self.config.clone().or_else(|| beside.exists().then_some(beside)) {
            Some(file) => Config::load(&file).map_err(|error| Failure::usage(error.to_string())),
            None => Ok(Config::default()),
        }
    }
}

/// What service tags mean.
#[derive(Debug, Args)]
pub(super) struct TagArgs {
    /// Microsoft's download `ServiceTags_Public.json`, newer than the shipped table
    #[arg(long, value_name = "FILE")]
    service_tags: Option<PathBuf>,
}

impl TagArgs {
    /// The shipped tags, with the file's before them.
    pub(super) fn tags(&self) -> Result<ServiceTags, Failure> {
        let Some(file) = &self.service_tags else {
            return Ok(ServiceTags::default());
        };
        let wrong = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
        ServiceTags::with_download(&text).map_err(|error| wrong(&error))
    }
}

/// Which rules run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(super) struct PackArgs {
    /// A folder of rules, beside or instead of the shipped ones
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Only this rule (repeatable), whatever its profile
    #[arg(long, value_name = "ID")]
    rule: Vec<String>,
    /// Rules that run: baseline (what every tenant should fix), strict (all of them), or those that
    /// serve a framework (cis-azure-6.0.0, nis2-dk, …)
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
}

impl PackArgs {
    /// The rules that were asked for; `default` is the profile where neither rules nor a profile were.
    pub(super) fn pack(&self, default: Choice) -> Result<Pack, Failure> {
        let mut pack = super::rules::pack(self.rules.as_ref())?;
        for id in &self.rule {
            super::rules::find(&pack, id)?;
        }
        let profile = match &self.profile {
            Some(name) => super::rules::profile(name, &pack)?,
            None if self.rule.is_empty() => default,
            None => Choice::Strict,
        };
        pack.retain(|rule| profile.covers(rule) && (self.rule.is_empty() || self.rule.contains(&rule.id)));
        Ok(pack)
    }

    /// The framework that was asked for as a profile.
    pub(super) fn framework(&self) -> Option<&str> {
        self.profile.as_deref().filter(|name| !["baseline", "strict"].contains(name))
    }
}
