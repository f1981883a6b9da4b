//! Files of a folder, what they override, variables' files, and the provider's version.

use super::{Folder, evaluated};

#[test]
fn a_syntax_error_costs_its_file() {
    let folder = Folder::new(&[
        ("a.tf", "resource \"t_t\" \"a\" {\n  x = local.y\n}\n"),
        ("b.tf", "locals {\n  y = = 1\n}\n"),
        (
            "c.tf.json",
            "{\"resource\": {\"t_t\": {\"c\": {\"x\": \"${1 + 1}\", \"y\": [true, \"$${z}\"], \"z\": \"${\"}}}}",
        ),
        ("d.tf.json", "{"),
        ("README.md", "= ="),
    ]);
    let evaluated = folder.evaluate("", &[]);
    assert_eq!(
        evaluated.argument("t_t.a", "x"),
        "<?depends on local 'y', which is not declared in what was read>"
    );
    assert_eq!(evaluated.argument("t_t.c", "x"), "2");
    assert_eq!(evaluated.argument("t_t.c", "y"), "[true, \"${z}\"]");
    assert!(evaluated.argument("t_t.c", "z").starts_with("<?can't be evaluated: not valid HCL"));
    let unread = evaluated.unread();
    assert!(unread[0].starts_with("b.tf:2:7 : not valid HCL: "), "{unread:?}");
    assert!(unread[1].starts_with("d.tf.json:1:"), "{unread:?}");
    assert_eq!(unread.len(), 2);
}

#[test]
fn overrides_are_laid_over() {
    let folder = Folder::new(&[
        (
            "main.tf",
            "resource \"t_t\" \"t\" {\n  a = 1\n  b = 1\n  block {\n    x = 1\n  }\n  block {\n    x = 2\n  }\n  other {}\n}\nlocals {\n  l = 1\n}\nvariable \"v\" {\n  default = 1\n}\nresource \"t_t\" \"u\" {\n  l = local.l\n  v = var.v\n}\n",
        ),
        (
            "z_override.tf",
            "resource \"t_t\" \"t\" {\n  b = 2\n  c = 2\n  block {\n    x = 3\n  }\n}\nlocals {\n  l = 2\n}\nvariable \"v\" {\n  default = 2\n}\nresource \"t_t\" \"none\" {}\n",
        ),
    ]);
    let evaluated = folder.evaluate("", &[]);
    for (address, name, expected) in [
        ("t_t.t", "a", "1"),
        ("t_t.t", "b", "2"),
        ("t_t.t", "c", "2"),
        ("t_t.t", "block", "[{x: 3}]"),
        ("t_t.t", "other", "[{}]"),
        ("t_t.u", "l", "2"),
        ("t_t.u", "v", "2"),
    ] {
        assert_eq!(evaluated.argument(address, name), expected, "{address} {name}");
    }
    assert_eq!(
        evaluated.unread(),
        ["z_override.tf:14:1 resource t_t.none: it overrides a block that is not there"]
    );
}

#[test]
fn later_files_of_variables_win() {
    let folder = Folder::new(&[
        (
            "main.tf",
            "variable \"a\" { default = 0 }\nvariable \"b\" { default = 0 }\nvariable \"c\" { default = 0 }\nvariable \"d\" { default = 0 }\nvariable \"e\" {\n  default = \"d\"\n  nullable = false\n}\nvariable \"n\" { type = number }\nvariable \"wrong\" { type = list(string) }\nresource \"t_t\" \"t\" {\n  all = [var.a, var.b, var.c, var.d, var.e]\n  n = var.n\n  wrong = var.wrong\n}\n",
        ),
        ("terraform.tfvars", "a = 1\nb = 1\nc = 1\nd = 1\ne = null\nn = \"7\"\nwrong = \"x\"\n"),
        ("x.auto.tfvars", "b = 2\nc = 2\nd = 2\n"),
        ("y.auto.tfvars.json", "{\"c\": 3, \"d\": \"${x}\"}"),
        ("given.tfvars", "d = 4\n"),
        ("other.tfvars", "a = 9\n"),
    ]);
    let evaluated = folder.evaluate("", &["given.tfvars"]);
    assert_eq!(evaluated.argument("t_t.t", "all"), "[1, 2, 3, 4, \"d\"]");
    assert_eq!(evaluated.argument("t_t.t", "n"), "7");
    assert_eq!(
        evaluated.argument("t_t.t", "wrong"),
        "<?can't be evaluated: the value of variable 'wrong' doesn't fit: text is given where the variable's type is a list>"
    );
    assert_eq!(folder.evaluate("", &[]).argument("t_t.t", "all"), "[1, 2, 3, \"${x}\", \"d\"]");
    let missing = folder.evaluate("", &["nothere.tfvars"]);
    assert_eq!(missing.unread.len(), 1);
}

#[test]
fn what_is_declared_twice_counts_once() {
    let evaluated = evaluated("resource \"t_t\" \"t\" {\n  a = 1\n}\nresource \"t_t\" \"t\" {\n  a = 2\n}\n");
    assert_eq!(evaluated.addresses(), ["t_t.t"]);
    assert_eq!(evaluated.argument("t_t.t", "a"), "1");
    assert_eq!(
        evaluated.unread(),
        ["main.tf:4:1 t_t.t: it is declared a second time; only the first counts"]
    );
}

#[test]
fn the_providers_version_and_how_it_is_known() {
    let required = |version: &str| {
        format!(
            "terraform {{\n  required_providers {{\n    azurerm = {{\n      source  = \"hashicorp/azurerm\"\n      version = \"{version}\"\n    }}\n  }}\n}}\n"
        )
    };
    let lock = "provider \"registry.terraform.io/hashicorp/azurerm\" {\n  version = \"3.117.1\"\n}\n";
    let call = "module \"m\" {\n  source = \"./m\"\n}\n";
    for (files, major, why) in [
        (vec![("main.tf", String::new())], 4, "assumed, nothing says"),
        (vec![("main.tf", required("~> 3.0"))], 3, "required_providers: ~> 3.0"),
        (
            vec![("main.tf", call.to_owned()), ("m/main.tf", required(">= 3.0, < 4.0"))],
            3,
            "required_providers: >= 3.0, < 4.0",
        ),
        (
            vec![("main.tf", required(">= 3.0")), (".terraform.lock.hcl", lock.to_owned())],
            3,
            ".terraform.lock.hcl: 3.117.1",
        ),
        (
            vec![("main.tf", format!("{call}{}", required("~> 3.0"))), ("m/main.tf", required("~> 4.0"))],
            4,
            "assumed, as no version satisfies required_providers: ~> 3.0, ~> 4.0",
        ),
    ] {
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let version = Folder::new(&files).evaluate("", &[]).version;
        assert_eq!((version.major, version.why.as_str()), (major, why));
    }
}
