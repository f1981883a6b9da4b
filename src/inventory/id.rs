//! Azure resource ids: compared without letter case, kept as Azure spelled them.
//!
//! Azure returns one resource under several spellings (`resourceGroups`, `resourcegroups`,
//! `Microsoft.Web/serverFarms`), and documents ids as case-insensitive:
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>.

use std::fmt;

/// Longest id that is accepted; Azure's own limit for a nested resource lies far below.
const MAX_LENGTH: usize = 4096;

/// An ARM resource id (`/subscriptions/…/providers/Microsoft.X/y/name`), or a scope
/// (`/`, `/subscriptions/…`, `/subscriptions/…/resourceGroups/…`).
///
/// Microsoft Graph objects carry ids of the same form (`/providers/Microsoft.Graph/users/<id>`), so
/// that one index serves both.
#[derive(Clone, Eq)]
pub struct ResourceId(Box<str>);

impl ResourceId {
    /// Takes an id as Azure spelled it. Trailing slashes are dropped. `None` when it doesn't begin
    /// with a slash, has an empty segment, a control character, or is unreasonably long.
    pub fn parse(text: &str) -> Option<Self> {
        let trimmed = text.trim_end_matches('/');
        if trimmed.is_empty() {
            return text.starts_with('/').then(Self::tenant);
        }
        let inner = trimmed.strip_prefix('/')?;
        let sound = trimmed.len() <= MAX_LENGTH
            && inner.split('/').all(|segment| !segment.is_empty())
            && !trimmed.chars().any(char::is_control);
        sound.then(|| Self(trimmed.into()))
    }

    /// Takes an id, or the address of a resource (`https://management.azure.com/subscriptions/…?api-version=…`),
    /// as operation results carry it.
    pub fn parse_link(text: &str) -> Option<Self> {
        let Some(rest) = text.strip_prefix("https://") else {
            return Self::parse(text);
        };
        let path = &rest[rest.find('/')?..];
        Self::parse(path.split(['?', '#']).next()?)
    }

    /// The scope above everything: `/`.
    pub fn tenant() -> Self {
        Self("/".into())
    }

    /// The id as Azure spelled it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is compared and hashed: ASCII lower case.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|segment| !segment.is_empty())
    }

    fn value_after(&self, key: &str) -> Option<&str> {
        let mut segments = self.segments();
        while let Some(segment) = segments.next() {
            if segment.eq_ignore_ascii_case("providers") {
                return None;
            }
            let value = segments.next();
            if segment.eq_ignore_ascii_case(key) {
                return value;
            }
        }
        None
    }

    /// The subscription's GUID, where the id lies in one.
    pub fn subscription(&self) -> Option<&str> {
        self.value_after("subscriptions")
    }

    /// The resource group's name, where the id lies in one.
    pub fn resource_group(&self) -> Option<&str> {
        self.value_after("resourceGroups")
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The resource's type as the id tells it: `Microsoft.Network/virtualNetworks/subnets`.
    /// Subscriptions and resource groups have their `Microsoft.Resources` types. `None` for a scope
    /// that is no resource.
    pub fn resource_type(&self) -> Option<String> {
        let segments: Vec<&str> = self.segments().collect();
        let provider = segments.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"));
        if let Some(at) = provider {
            let rest = &segments[at + 1..];
            let namespace = rest.first()?;
            let types: Vec<&str> = rest[1..].iter().step_by(2).copied().collect();
            if rest.len() == 1 {
                // The provider itself, as `az provider show` prints it.
                return Some("Microsoft.Resources/providers".into());
            }
            // Namespace, then pairs of type and name: an even rest ends in a bare collection.
            return (rest.len() >= 3 && rest.len() % 2 == 1)
                .then(|| format!("{namespace}/{}", types.join("/")));
        }
        match segments.as_slice() {
            [a, _] if a.eq_ignore_ascii_case("subscriptions") => {
                Some("Microsoft.Resources/subscriptions".into())
            }
            [a, _, b, _]
                if a.eq_ignore_ascii_case("subscriptions") && b.eq_ignore_ascii_case("resourceGroups") =>
            {
                Some("Microsoft.Resources/resourceGroups".into())
            }
            _ => None,
        }
    }

    /// The resource or scope that holds this one: the parent of a child resource, the scope of an
    /// extension resource, the resource group of a top-level one. `None` for `/`.
    pub fn parent(&self) -> Option<Self> {
        let text: &str = &self.0;
        if text == "/" {
            return None;
        }
        let cut = |end: usize| {
            if end == 0 { Self::tenant() } else { Self(text[..end].into()) }
        };
        let name_at = text.rfind('/')?;
        let head = &text[..name_at];
        let provider_at = head.len().checked_sub("/providers".len());
        if let Some(end) = provider_at
            && head.get(end..).is_some_and(|tail| tail.eq_ignore_ascii_case("/providers"))
        {
            return Some(cut(end));
        }
        let type_at = text[..name_at].rfind('/')?;
        let before = &text[..type_at];
        // `…/providers/Namespace/type/name`: what stands before `/providers` is the parent.
        let namespace_at = before.rfind('/');
        let is_provider = namespace_at.is_some_and(|at| {
            let head = &before[..at];
            head.rsplit('/').next().is_some_and(|segment| segment.eq_ignore_ascii_case("providers"))
        });
        match (is_provider, namespace_at) {
            (true, Some(at)) => {
                let head = &before[..at];
                Some(cut(head.len() - "/providers".len()))
            }
            _ => Some(cut(type_at)),
        }
    }

    /// This id, then each scope above it, up to `/`.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self.clone()), Self::parent)
    }

    /// The id of a child: `{self}/{segment}/{name}`. `None` when the result is no valid id.
    pub fn child(&self, segment: &str, name: &str) -> Option<Self> {
        Self::parse(&format!("{}/{segment}/{name}", self.0.trim_end_matches('/')))
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl std::hash::Hash for ResourceId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

impl PartialOrd for ResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let (one, two) = (self.0.as_bytes(), other.0.as_bytes());
        // Most ids that are compared begin alike: what is equal is passed over in blocks.
        let blocks = one.chunks_exact(16).zip(two.chunks_exact(16));
        let alike = blocks.take_while(|(one, two)| one == two).count() * 16;
        one.iter()
            .skip(alike)
            .map(u8::to_ascii_lowercase)
            .cmp(two.iter().skip(alike).map(u8::to_ascii_lowercase))
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_an_id_or_none(text in "(/?(providers|subscriptions|[æa-cÆ€. ]{0,3})){0,8}/?") {
            if let Some(id) = ResourceId::parse_link(&text) {
                prop_assert!(id.ancestors().count() <= id.as_str().len() + 1);
                for above in id.ancestors() {
                    prop_assert_eq!(ResourceId::parse(above.as_str()), Some(above));
                }
                let _ = (id.resource_type(), id.subscription(), id.resource_group(), id.name().len());
            }
        }
    }

    const GROUP: &str = "/subscriptions/5f0c/resourceGroups/rg-school";

    fn id(text: &str) -> ResourceId {
        ResourceId::parse(text).unwrap()
    }

    #[test]
    fn one_resource_under_two_spellings_is_one() {
        let one = id("/subscriptions/5F0C/resourcegroups/RG-school/providers/Microsoft.Web/serverFarms/plan");
        let two = id("/SUBSCRIPTIONS/5f0c/resourceGroups/rg-school/providers/microsoft.web/serverfarms/Plan");
        assert_eq!(one, two);
        assert_eq!(one.cmp(&two), std::cmp::Ordering::Equal);
        assert_eq!(one.resource_group(), Some("RG-school"));
        assert_eq!(one.subscription(), Some("5F0C"));
    }

    #[test]
    fn type_name_and_parent() {
        let vnet = format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/hub");
        let cases = [
            (format!("{vnet}/subnets/web"), "Microsoft.Network/virtualNetworks/subnets", vnet.as_str()),
            (vnet.clone(), "Microsoft.Network/virtualNetworks", GROUP),
            (GROUP.into(), "Microsoft.Resources/resourceGroups", "/subscriptions/5f0c"),
            ("/subscriptions/5f0c".into(), "Microsoft.Resources/subscriptions", "/"),
            (
                format!("{vnet}/providers/Microsoft.Insights/diagnosticSettings/all"),
                "Microsoft.Insights/diagnosticSettings",
                vnet.as_str(),
            ),
            (
                "/subscriptions/5f0c/providers/Microsoft.Security/pricings/KeyVaults".into(),
                "Microsoft.Security/pricings",
                "/subscriptions/5f0c",
            ),
            ("/providers/Microsoft.Graph/users/1".into(), "Microsoft.Graph/users", "/"),
        ];
        for (text, kind, parent) in cases {
            assert_eq!(id(&text).resource_type().as_deref(), Some(kind), "{text}");
            assert_eq!(id(&text).parent(), Some(id(parent)), "{text}");
        }
        assert_eq!(id("/").parent(), None);
    }

    #[test]
    fn an_address_is_an_id_too() {
        let link = "https://management.azure.com/subscriptions/s/providers/Microsoft.EventGrid/operationsStatus/1?api-version=2018-09-15";
        let found = ResourceId::parse_link(link).unwrap();
        assert_eq!(found.resource_type().as_deref(), Some("Microsoft.EventGrid/operationsStatus"));
        assert_eq!(found.name(), "1");
        assert!(ResourceId::parse_link("https://management.azure.com").is_none());
        assert_eq!(ResourceId::parse_link("/subscriptions/s"), ResourceId::parse("/subscriptions/s"));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "subscriptions/x", "/a//b", "/a/b\u{7}", &format!("/{}", "a".repeat(5000))] {
            assert!(ResourceId::parse(text).is_none(), "{text:?}");
        }
    }
}
