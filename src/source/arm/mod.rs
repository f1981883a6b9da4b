//! ARM templates: from JSON text to what would be deployed.
//!
//! JSON (and Bicep, by its own front end) becomes a [`template::Template`] of [`expression::Expression`]s; the
//! evaluator turns that into resources.

pub mod budget;
mod declared;
pub mod expression;
pub mod json;
pub mod library;
pub mod parameters;
pub mod reader;
pub mod template;

mod call;
mod deployments;
mod detect;
mod env;
mod evaluate;
mod frame;
mod function;
mod identity;
mod ids;
mod language;
mod loops;
mod members;
mod nested;
mod reference;
mod resources;
mod scope_call;
mod syntax;
#[cfg(test)]
mod tests;
mod words;

use std::path::Path;
use std::rc::Rc;

pub use detect::looks_like_template;

use self::budget::Budget;
use self::env::Env;
use self::evaluate::Interpreter;
use self::frame::{Frame, Supplied, Target};
use self::library::{Library, Load, shown_path};
use self::resources::Deployed;
use self::template::{Scope, Template};
use super::code::file::Files;
use super::code::read::Reader;
use super::code::resource::{Language, Root, Unread};
use super::code::scope;

/// A template or a Bicep file, and how it is to be read.
pub struct Request<'a> {
    /// The file.
    pub path: &'a Path,
    /// The path as it is shown, with `/`.
    pub shown: &'a str,
    /// What may be read.
    pub reader: &'a Reader,
    /// A parameter file; without one `<stem>.parameters.json` beside the file is taken, if it is there.
    pub parameter_file: Option<&'a Path>,
}

/// Reads and evaluates an ARM template. What can't be read is in [`Root::unread`]; the rest comes through.
pub fn read(request: &Request<'_>) -> Root {
    let mut files = Files::default();
    let mut unread = Vec::new();
    let mut notes = Vec::new();
    let template = load(request.reader, request.path, request.shown, &mut files, &mut unread);
    let template = match template {
        Ok(template) => template,
        Err(lost) => {
            return Root::lost(Language::Arm, request.shown, files, lost);
        }
    };
    let values = values(request, &mut files, &mut unread, &mut notes);
    let mut load = Linked { reader: request.reader, root: request.path, shown: request.shown };
    evaluate(Evaluation {
        language: Language::Arm,
        shown: request.shown,
        path: request.path,
        template,
        values,
        files,
        unread,
        notes,
        load: &mut load,
    })
}

/// Reads one JSON template below a reader's boundary into `files`. Bicep's front end reads its JSON modules so.
///
/// # Errors
/// What is unread then: the whole file.
pub fn load(
    reader: &Reader,
    path: &Path,
    shown: &str,
    files: &mut Files,
    unread: &mut Vec<Unread>,
) -> Result<Template, Unread> {
    let text = reader.read(path).map_err(|error| Unread {
        file: shown.to_owned(),
        place: None,
        what: String::new(),
        reason: format!("the file can't be read: {error}"),
    })?;
    let file = files.add(shown, text.clone());
    reader::read(&text, file, shown, path, unread)
}

/// The values of the parameter file that was named, or lies beside the template.
fn values(
    request: &Request<'_>,
    files: &mut Files,
    unread: &mut Vec<Unread>,
    notes: &mut Vec<String>,
) -> Option<Result<Template, String>> {
    let beside = || {
        let names = parameters::beside(request.path);
        names.into_iter().find(|path| request.reader.resolve(path).is_ok_and(|path| path.is_file()))
    };
    let path = request.parameter_file.map(Path::to_path_buf).or_else(beside)?;
    let shown = shown_path(request.path, request.shown, &path);
    let read = request.reader.read(&path).map_err(|error| Unread {
        file: shown.clone(),
        place: None,
        what: String::new(),
        reason: format!("the parameter file can't be read: {error}"),
    });
    let read = read.and_then(|text| {
        let file = files.add(&shown, text.clone());
        parameters::read(&text, file, &shown, &path, unread)
    });
    Some(match read {
        Ok(values) => {
            notes.push(format!("parameters have the values of {shown}"));
            Ok(values)
        }
        Err(lost) => {
            unread.push(lost);
            Err(format!("depends on the parameter file {shown}, which can't be read"))
        }
    })
}

/// Templates linked by relative path.
struct Linked<'a> {
    reader: &'a Reader,
    root: &'a Path,
    shown: &'a str,
}

impl Load for Linked<'_> {
    fn load(&mut self, path: &Path, files: &mut Files, unread: &mut Vec<Unread>) -> Result<Template, String> {
        let shown = shown_path(self.root, self.shown, path);
        load(self.reader, path, &shown, files, unread).map_err(|lost| {
            let reason = format!("{shown} can't be read: {}", lost.reason);
            unread.push(lost);
            reason
        })
    }
}

/// A template and all that its evaluation needs.
pub struct Evaluation<'a> {
    /// What it is written in.
    pub language: Language,
    /// Its path as it is shown: the root of addresses and ids.
    pub shown: &'a str,
    /// Its path.
    pub path: &'a Path,
    /// The template.
    pub template: Template,
    /// The values of its parameters: a template whose outputs they are, and whose variables they may use; or why
    /// they can't be had, ending a sentence that begins with "it".
    pub values: Option<Result<Template, String>>,
    /// The files that were read so far.
    pub files: Files,
    /// What could not be read so far.
    pub unread: Vec<Unread>,
    /// What was assumed so far.
    pub notes: Vec<String>,
    /// Reads linked templates and modules.
    pub load: &'a mut dyn Load,
}

/// Evaluates a template, whatever language it was written in, to the resources that it would deploy.
pub fn evaluate(evaluation: Evaluation<'_>) -> Root {
    let Evaluation { language, shown, path, template, values, mut files, mut unread, notes, load } =
        evaluation;
    let library = Library::read(&template, path, load, &mut files, &mut unread);
    let prefix = match language {
        Language::Bicep => format!("bicep:{shown}#"),
        _ => format!("arm:{shown}#"),
    };
    let mut deployed = Deployed::new(&prefix);
    let interpreter = Interpreter {
        files: &files,
        library: &library,
        root: scope::subscription(shown),
        budget: Budget::default(),
    };
    let values = values.as_ref().map(|values| values.as_ref().map_err(String::as_str));
    let frame = Rc::new(root_frame(&interpreter, &template, values));
    interpreter.deploy(Env::of(&frame), &mut deployed);
    frame.forget();
    debug_assert_eq!(Rc::strong_count(&frame), 1, "a frame is held by one below it");
    if let Some(reason) = interpreter.budget.spent() {
        deployed.unread.push(Unread {
            file: shown.to_owned(),
            place: None,
            what: String::new(),
            reason: format!("the template {reason}: what lies beyond is not evaluated"),
        });
    }
    unread.append(&mut deployed.unread);
    let mut resources = deployed.resources;
    resources.extend(declared::secrets(&template, shown, &prefix));
    Root { language, path: shown.to_owned(), files, resources, unread, notes }
}

fn root_frame<'t>(
    interpreter: &Interpreter<'t>,
    template: &'t Template,
    values: Option<Result<&'t Template, &str>>,
) -> Frame<'t> {
    let root = &interpreter.root;
    let id = match template.scope {
        Scope::ResourceGroup => format!("{root}/resourceGroups/{}", scope::GROUP),
        Scope::ManagementGroup => {
            format!("{root}/providers/Microsoft.Management/managementGroups/{}", scope::GROUP)
        }
        Scope::Subscription | Scope::Tenant => root.clone(),
    };
    let target = Target { scope: template.scope, id, subscription: None };
    let mut frame = Frame::new(template, target.clone(), String::new());
    match values {
        Some(Ok(values)) => {
            let given = Rc::new(Frame::new(values, target, String::new()));
            for output in &values.outputs {
                let value = interpreter.eval(&output.value, Env::of(&given));
                let supplied = Supplied { value, words: None };
                frame.supplied.insert(output.name.to_ascii_lowercase(), supplied);
            }
        }
        Some(Err(reason)) => frame.missing = Some(reason.to_owned()),
        None => {}
    }
    frame
}
