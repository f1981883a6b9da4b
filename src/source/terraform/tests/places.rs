//! Every value knows the text that decides it.

use super::{Folder, evaluated};

#[test]
fn a_value_stands_where_its_literal_stands() {
    let folder = Folder::new(&[
        (
            "infra/main.tf",
            r#"
variable "by_default" { default = "TLS1_0" }
variable "by_file" { default = "x" }
variable "by_type" {
  type    = bool
  default = "true"
}
variable "object" {
  default = {
    tls = "TLS1_1"
  }
}
variable "unset" {}
locals { low = lower("ABC") }
module "m" {
  source = "./m"
  given  = "from caller"
}
resource "t_t" "t" {
  direct   = "lit"
  default  = var.by_default
  file     = var.by_file
  typed    = var.by_type
  member   = var.object.tls
  called   = local.low
  text     = "a-${var.by_default}"
  chosen   = true ? "yes" : "no"
  looked   = lookup(var.object, "tls", "none")
  output   = module.m.out
  unset    = upper(var.unset)
  heredoc  = <<-EOT
    x
  EOT
  block {
    a = 1
  }
  compared = var.by_default == "TLS1_0"
}
"#,
        ),
        ("infra/terraform.tfvars", "by_file = \"from tfvars\"\n"),
        ("infra/m/main.tf", "variable \"given\" {}\noutput \"out\" {\n  value = trimspace(var.given)\n}\n"),
    ]);
    let evaluated = folder.evaluate("infra", &[]);
    for (name, expected) in [
        ("direct", "infra/main.tf: \"lit\""),
        ("default", "infra/main.tf: \"TLS1_0\""),
        ("file", "infra/terraform.tfvars: \"from tfvars\""),
        ("typed", "infra/main.tf: \"true\""),
        ("member", "infra/main.tf: \"TLS1_1\""),
        ("called", "infra/main.tf: \"ABC\""),
        ("text", "infra/main.tf: \"a-${var.by_default}\""),
        ("chosen", "infra/main.tf: \"yes\""),
        ("looked", "infra/main.tf: \"TLS1_1\""),
        ("output", "infra/main.tf: \"from caller\""),
        ("unset", "infra/main.tf: upper(var.unset)"),
        ("block", "infra/main.tf: block {\n    a = 1\n  }"),
        ("compared", "infra/main.tf: var.by_default == \"TLS1_0\""),
    ] {
        assert_eq!(evaluated.decided_by("t_t.t", name), expected, "{name}");
    }
    assert!(evaluated.decided_by("t_t.t", "heredoc").contains('x'));
    let block = evaluated.resource("t_t.t").block;
    let text = evaluated.files.text(block);
    assert!(text.starts_with("resource \"t_t\" \"t\" {") && text.ends_with('}'), "{text}");
}

#[test]
fn a_byte_order_mark_moves_nothing() {
    let evaluated = evaluated("\u{feff}resource \"t_t\" \"t\" {\n  æ = \"ø\"\n}\n");
    assert_eq!(evaluated.decided_by("t_t.t", "æ"), "main.tf: \"ø\"");
}
