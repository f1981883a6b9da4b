//! Services with a switch and nothing else, or nearly.
//!
//! An App Configuration store whose switch was never set is open until its first private endpoint. Sources:
//! <https://learn.microsoft.com/azure/azure-app-configuration/howto-disable-public-access>,
//! <https://learn.microsoft.com/azure/backup/private-endpoints-overview>,
//! <https://learn.microsoft.com/azure/static-web-apps/private-endpoint>.

use super::spec::{SWITCH_UNTIL_ENDPOINT, Spec};

pub(super) const SPECS: &[Spec] = &[
    Spec {
        switch: Some(SWITCH_UNTIL_ENDPOINT),
        ..Spec::of("Microsoft.AppConfiguration/configurationStores")
    },
    Spec::of("Microsoft.RecoveryServices/vaults"),
    Spec::of("Microsoft.Attestation/attestationProviders"),
    Spec::of("Microsoft.BotService/botServices"),
];
