//! Tiers that follow from the names of SKUs.

/// Of an App Service plan. <https://learn.microsoft.com/azure/app-service/overview-hosting-plans>
pub fn plan(sku: &str) -> Option<&'static str> {
    let sku = sku.to_ascii_uppercase();
    let starts = |prefix: &str| sku.starts_with(prefix);
    Some(match sku.as_str() {
        "F1" | "FREE" => "Free",
        "D1" | "SHARED" => "Shared",
        "Y1" => "Dynamic",
        "FC1" => "FlexConsumption",
        _ if starts("EP") => "ElasticPremium",
        _ if starts("WS") => "WorkflowStandard",
        _ if starts("B") => "Basic",
        _ if starts("S") => "Standard",
        _ if starts("P") && sku.ends_with("V4") => "PremiumV4",
        _ if starts("P") && sku.ends_with("V3") => "PremiumV3",
        _ if starts("P") && sku.ends_with("V2") => "PremiumV2",
        _ if starts("P") => "Premium",
        _ if starts("I") && sku.ends_with("V2") => "IsolatedV2",
        _ if starts("I") => "Isolated",
        _ => return None,
    })
}

/// Of an SQL database. <https://learn.microsoft.com/azure/azure-sql/database/service-tiers-sql-database-vcore>
pub fn database(sku: &str) -> Option<&'static str> {
    let sku = sku.to_ascii_uppercase();
    let numbered = |prefix: &str| {
        sku.strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_digit()))
    };
    Some(match sku.as_str() {
        "BASIC" => "Basic",
        "FREE" => "Free",
        _ if numbered("S") => "Standard",
        _ if numbered("P") => "Premium",
        _ if sku.starts_with("GP_") => "GeneralPurpose",
        _ if sku.starts_with("BC_") => "BusinessCritical",
        _ if sku.starts_with("HS_") => "Hyperscale",
        _ if sku.starts_with("DW") => "DataWarehouse",
        _ => return None,
    })
}
