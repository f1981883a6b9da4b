//! One template while it is evaluated: its declarations, the values it was given, what is known already.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::template::{Declaration, Scope, Template};
use crate::source::code::node::Node;

/// A value; shared, since variables are used in many places.
pub(super) type Value = Rc<Node>;

/// What is known of a parameter or variable.
pub(super) enum Memo {
    /// Nobody asked.
    Unasked,
    /// It is being evaluated; who asks now, asks in a circle.
    Running,
    /// Its value.
    Known(Value),
}

/// A value that was passed to a template.
pub(super) struct Supplied {
    /// The value.
    pub value: Value,
    /// The words of a name that isn't known, see [`super::words`].
    pub words: Option<String>,
}

/// Where the resources of a template go.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// What is deployed to.
    pub scope: Scope,
    /// Its id.
    pub id: String,
    /// Its subscription's segment in names of groups, where it isn't the root's own.
    pub subscription: Option<String>,
}

/// A declaration and its place among the others.
pub(super) struct Entry<'t> {
    /// The declaration.
    pub declaration: &'t Declaration,
    /// The declaration around it.
    pub parent: Option<usize>,
    /// Those inside of it.
    pub children: Vec<usize>,
}

/// An instance of a declaration: the declaration, and the round of its loop.
pub(super) type Instance = (usize, Option<usize>);

/// Instances by id and by name in lower case; None for a name that several have.
pub(super) type Ids = HashMap<String, Option<Instance>>;

/// One template while it is evaluated.
pub(super) struct Frame<'t> {
    /// The template.
    pub template: &'t Template,
    /// All its declarations, parents before children.
    pub entries: Vec<Entry<'t>>,
    /// Those at the top.
    pub top: Vec<usize>,
    /// By symbolic name.
    pub symbols: HashMap<&'t str, usize>,
    /// By symbolic name in lower case; None where several are alike.
    pub folded: HashMap<String, Option<usize>>,
    /// Values that were passed, by name in lower case.
    pub supplied: HashMap<String, Supplied>,
    /// Why parameters that were not passed are unknown all the same.
    pub missing: Option<String>,
    /// The frame whose parameters and variables expressions see: another one for nested templates of outer
    /// scope.
    pub values: Option<Rc<Frame<'t>>>,
    /// The frame of the template that deploys this one.
    pub outer: Option<Rc<Frame<'t>>>,
    /// Where its resources go.
    pub target: Target,
    /// What stands before the addresses of its resources.
    pub prefix: String,
    pub parameters: Vec<RefCell<Memo>>,
    pub parameter_index: HashMap<String, usize>,
    pub variables: Vec<RefCell<Memo>>,
    pub variable_index: HashMap<String, usize>,
    /// Frames of nested deployments; None while one is being made.
    pub nested: RefCell<HashMap<Instance, Option<Rc<Frame<'t>>>>>,
    /// Instances by id and by name in lower case; None for a name that several have.
    pub ids: RefCell<Option<Rc<Ids>>>,
}

impl<'t> Frame<'t> {
    /// Lets go of all frames below: they hold the frame that holds them, and would never be freed.
    pub fn forget(self: &Rc<Self>) {
        let mut open = vec![Rc::clone(self)];
        while let Some(frame) = open.pop() {
            frame.ids.take();
            open.extend(frame.nested.take().into_values().flatten());
        }
    }

    pub fn new(template: &'t Template, target: Target, prefix: String) -> Self {
        let index = |names: &mut dyn Iterator<Item = &'t String>| {
            let mut index = HashMap::new();
            for (at, name) in names.enumerate() {
                index.insert(name.to_ascii_lowercase(), at);
            }
            index
        };
        let memo = |length: usize| (0..length).map(|_| RefCell::new(Memo::Unasked)).collect();
        let mut frame = Self {
            template,
            entries: Vec::new(),
            top: Vec::new(),
            symbols: HashMap::new(),
            folded: HashMap::new(),
            supplied: HashMap::new(),
            missing: None,
            values: None,
            outer: None,
            target,
            prefix,
            parameters: memo(template.parameters.len()),
            parameter_index: index(&mut template.parameters.iter().map(|parameter| &parameter.name)),
            variables: memo(template.variables.len()),
            variable_index: index(&mut template.variables.iter().map(|variable| &variable.name)),
            nested: RefCell::new(HashMap::new()),
            ids: RefCell::new(None),
        };
        frame.top = frame.add(&template.resources, None);
        frame
    }

    /// Takes declarations in. Children nest as deep as the syntax, which is bounded.
    fn add(&mut self, declarations: &'t [Declaration], parent: Option<usize>) -> Vec<usize> {
        let mut own = Vec::with_capacity(declarations.len());
        for declaration in declarations {
            let at = self.entries.len();
            self.entries.push(Entry { declaration, parent, children: Vec::new() });
            if let Some(symbol) = &declaration.symbol {
                self.symbols.entry(symbol).or_insert(at);
                let alike = self.folded.entry(symbol.to_ascii_lowercase());
                alike.and_modify(|earlier| *earlier = None).or_insert(Some(at));
            }
            own.push(at);
            let children = self.add(&declaration.children, Some(at));
            if let Some(entry) = self.entries.get_mut(at) {
                entry.children = children;
            }
        }
        own
    }

    /// The declaration of a symbolic name.
    pub fn symbol(&self, name: &str) -> Option<usize> {
        let alike = || self.folded.get(&name.to_ascii_lowercase()).copied().flatten();
        self.symbols.get(name).copied().or_else(alike)
    }
}
