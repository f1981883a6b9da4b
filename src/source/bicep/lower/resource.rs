//! Resources and modules.

use super::{Lowering, call, text};
use crate::source::arm::expression::{Expression, Kind, Loop, Member};
use crate::source::arm::template::{Declaration, Inner, Nested, Template};
use crate::source::bicep::syntax::{self, Expr, ExprKind, Object, Statement, StatementKind};
use crate::source::bicep::unit::elsewhere;
use crate::source::code::file::Span;

/// The type of a deployment.
const DEPLOYMENT: &str = "Microsoft.Resources/deployments";

/// The members of a declaration that aren't its body.
#[derive(Default)]
struct Head {
    name: Option<Expression>,
    parent: Option<Expression>,
    scope: Option<Expression>,
    body: Vec<Member>,
    parameters: Vec<Member>,
}

impl Lowering<'_, '_> {
    /// A resource; none, and noted, when it can't be understood.
    pub(super) fn resource(&mut self, own: &syntax::Declaration, span: Span) -> Option<Declaration> {
        let written = &own.name.text;
        let symbol = match self.nesting.last() {
            Some(outer) => format!("{outer}::{written}"),
            None => written.clone(),
        };
        let (kind, api_version) = self.type_of(own, &symbol)?;
        let mut deployment = None;
        self.nesting.push(symbol.clone());
        let mut children = Vec::new();
        let (copy, condition, head) = self.unwrap(&own.body, |lowering, object| {
            if matches!(&kind.kind, Kind::Text(kind) if kind.eq_ignore_ascii_case(DEPLOYMENT))
                && !own.existing
            {
                deployment = lowering.deployment(object);
            }
            children = lowering.children(&object.resources);
            lowering.head(object, false)
        });
        self.nesting.pop();
        let mut head = head;
        if deployment.is_some() {
            head.body.retain(|member| !is_text(&member.name, "properties"));
        }
        let Some(name) = head.name else {
            self.unread(own.name.span, &symbol, "a resource needs a name");
            return None;
        };
        Some(Declaration {
            symbol: Some(symbol),
            kind,
            api_version,
            name,
            existing: own.existing,
            condition,
            copy,
            scope: head.scope,
            parent: head.parent,
            body: head.body,
            children,
            nested: deployment.map(Box::new),
            span,
        })
    }

    /// A module: a deployment of the file it names.
    pub(super) fn module(&mut self, own: &syntax::Declaration, span: Span) -> Option<Declaration> {
        let symbol = &own.name.text;
        let ExprKind::Text(path) = &own.kind.kind else {
            self.unread(own.kind.span, symbol, "the path of a module is plain text, without ${…}");
            return None;
        };
        let template = match elsewhere(path) {
            Some(place) => Inner::Elsewhere(format!(
                "its module '{path}' lies in {place}, which is not read: only modules in files are"
            )),
            None => Inner::Linked { path: path.clone(), from: self.unit.path.clone() },
        };
        let (copy, condition, head) = self.unwrap(&own.body, |lowering, object| lowering.head(object, true));
        let at = own.name.span;
        // Without a name the compiler makes one: <https://github.com/Azure/bicep/releases/tag/v0.34.1>.
        let name = head.name.unwrap_or_else(|| {
            let deployment = call("deployment", Vec::new(), at);
            let part = Box::new(text("name", at));
            let deployment = Expression {
                kind: Kind::Access { of: Box::new(deployment), at: part, safe: false },
                span: at,
            };
            let unique = call("uniqueString", vec![text(symbol.as_str(), at), deployment], at);
            call("format", vec![text("{0}-{1}", at), text(symbol.as_str(), at), unique], at)
        });
        Some(Declaration {
            symbol: Some(symbol.clone()),
            kind: text(DEPLOYMENT, own.kind.span),
            api_version: None,
            name,
            existing: false,
            condition,
            copy,
            scope: head.scope,
            parent: None,
            body: head.body,
            children: Vec::new(),
            nested: Some(Box::new(Nested { template, inner: true, parameters: head.parameters })),
            span,
        })
    }

    /// `'type@version'`.
    fn type_of(
        &mut self,
        own: &syntax::Declaration,
        symbol: &str,
    ) -> Option<(Expression, Option<Expression>)> {
        let ExprKind::Text(written) = &own.kind.kind else {
            self.unread(own.kind.span, symbol, "the type of a resource is plain text, without ${…}");
            return None;
        };
        let span = own.kind.span;
        // The namespace of Resource Manager's own types may be named.
        let bare = written.strip_prefix("az:").unwrap_or(written);
        let (kind, version) = match bare.split_once('@') {
            Some((kind, version)) => (kind, Some(version)),
            None => (bare, None),
        };
        let nested = self.nesting.last().is_some();
        let provider = kind.split_once('/').map(|(provider, _)| provider);
        let graph = kind.to_ascii_lowercase().starts_with("microsoft.graph/");
        // Extensions have types of their own: `core/Service@v1`, `Microsoft.Graph/groups@v1.0`.
        if graph || !nested && !provider.is_some_and(|provider| provider.contains('.')) {
            let reason =
                format!("'{written}' is no type of Resource Manager; resources of extensions are not read");
            self.unread(span, symbol, reason);
            return None;
        }
        // Inside of the quotes, where no escape is in the way.
        let inner = Span { start: span.start + 1, end: span.end.saturating_sub(1), ..span };
        let plain = (inner.end.saturating_sub(inner.start)) as usize == written.len();
        let part = |start: usize, length: usize| {
            let start = inner.start + (written.len() - bare.len() + start) as u32;
            if plain { Span { start, end: start + length as u32, ..span } } else { span }
        };
        let version = version.map(|version| text(version, part(kind.len() + 1, version.len())));
        Some((text(kind, part(0, kind.len())), version))
    }

    /// Takes loop and condition off a body, and lowers the object in them.
    fn unwrap<T: Default>(
        &mut self,
        body: &Expr,
        inside: impl FnOnce(&mut Self, &Object) -> T,
    ) -> (Option<Loop>, Option<Expression>, T) {
        let mut result = T::default();
        let guarded = |lowering: &mut Self, condition: Option<&Expr>, body: &Expr| {
            let condition = condition.map(|condition| lowering.expression(condition));
            if let ExprKind::Object(object) = &body.kind {
                result = inside(lowering, object);
            }
            condition
        };
        match &body.kind {
            ExprKind::For(each) => {
                let mut condition = None;
                let copy = self.each(each, |lowering, filter, body| {
                    // A condition and not a filter: instances that aren't deployed keep their index.
                    condition = guarded(lowering, filter, body);
                    (None, Expression { kind: Kind::Null, span: body.span })
                });
                (Some(copy), condition, result)
            }
            ExprKind::If(condition, body) => {
                let condition = guarded(self, Some(condition), body);
                (None, condition, result)
            }
            _ => {
                guarded(self, None, body);
                (None, None, result)
            }
        }
    }

    fn head(&mut self, object: &Object, module: bool) -> Head {
        let mut head = Head::default();
        for (name, value) in &object.members {
            let known = match name.as_ref().map(|name| &name.kind) {
                Some(ExprKind::Text(name)) => name.as_str(),
                _ => "",
            };
            match known {
                "name" => head.name = Some(self.expression(value)),
                "parent" if !module => head.parent = Some(self.expression(value)),
                "scope" => head.scope = Some(self.expression(value)),
                // Order of deployment, and what only extensions see.
                "dependsOn" | "extensionConfigs" => {}
                "params" if module => head.parameters = self.parameters(value),
                _ => {
                    let member = self.member(name.as_ref(), value);
                    head.body.push(member);
                }
            }
        }
        head
    }

    /// The values a module gets.
    fn parameters(&mut self, value: &Expr) -> Vec<Member> {
        match &value.kind {
            ExprKind::Object(object) => self.object(object),
            _ => vec![self.member(None, value)],
        }
    }

    fn children(&mut self, statements: &[Statement]) -> Vec<Declaration> {
        let mut children = Vec::new();
        for statement in statements {
            match &statement.kind {
                StatementKind::Resource(own) => children.extend(self.resource(own, statement.span)),
                _ => self.unread(statement.span, "", "only resources are declared inside of resources"),
            }
        }
        children
    }

    /// A deployment written as a resource, with its template as an object.
    fn deployment(&mut self, object: &Object) -> Option<Nested> {
        let properties = member(object, "properties")?;
        let ExprKind::Object(properties) = &properties.kind else {
            return Some(nested(Inner::Elsewhere("its template is made by an expression".to_owned()), false));
        };
        let inner = member(properties, "expressionEvaluationOptions").is_some_and(|options| {
            let ExprKind::Object(options) = &options.kind else { return false };
            matches!(member(options, "scope").map(|scope| &scope.kind),
                Some(ExprKind::Text(scope)) if scope.eq_ignore_ascii_case("inner"))
        });
        let template = match member(properties, "template").map(|template| &template.kind) {
            Some(ExprKind::Object(template)) if deploys_nothing(template) => Inner::Here(Template::default()),
            Some(ExprKind::Call(function, arguments)) if function.text == "loadJsonContent" => {
                match arguments.as_slice() {
                    [Expr { kind: ExprKind::Text(path), .. }] => {
                        Inner::Linked { path: path.clone(), from: self.unit.path.clone() }
                    }
                    _ => Inner::Elsewhere("its template is made by an expression".to_owned()),
                }
            }
            Some(ExprKind::Object(_)) => Inner::Elsewhere(
                "its template is an object in Bicep, which is not followed: make it a module".to_owned(),
            ),
            Some(_) => Inner::Elsewhere("its template is made by an expression".to_owned()),
            None => Inner::Elsewhere("its template is linked, not written here".to_owned()),
        };
        let parameters = match member(properties, "parameters").map(|parameters| &parameters.kind) {
            Some(ExprKind::Object(parameters)) => self.passed(parameters),
            _ => Vec::new(),
        };
        Some(Nested { parameters, ..nested(template, inner) })
    }

    /// `{ x: { value: … } }`.
    fn passed(&mut self, parameters: &Object) -> Vec<Member> {
        let mut passed = Vec::new();
        for (name, value) in &parameters.members {
            let inside = match &value.kind {
                ExprKind::Object(object) => member(object, "value"),
                _ => None,
            };
            let mut member = self.member(name.as_ref(), inside.unwrap_or(value));
            if inside.is_none() {
                member.value = super::invalid("comes from a Key Vault or an expression", value.span);
            }
            passed.push(member);
        }
        passed
    }
}

fn nested(template: Inner, inner: bool) -> Nested {
    Nested { template, inner, parameters: Vec::new() }
}

/// Whether a template's list of resources is written, and empty: such deployments only leave a trace.
fn deploys_nothing(template: &Object) -> bool {
    matches!(member(template, "resources").map(|resources| &resources.kind),
        Some(ExprKind::Array(items)) if items.is_empty())
}

fn member<'o>(object: &'o Object, name: &str) -> Option<&'o Expr> {
    let is = |(own, _): &&(Option<Expr>, Expr)| matches!(own.as_ref().map(|own| &own.kind), Some(ExprKind::Text(own)) if own == name);
    object.members.iter().find(is).map(|(_, value)| value)
}

fn is_text(expression: &Expression, text: &str) -> bool {
    matches!(&expression.kind, Kind::Text(own) if own.eq_ignore_ascii_case(text))
}
