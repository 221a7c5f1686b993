//! A Terraform module of the roles that lifeboat assumes.

use std::fmt::Write as _;

use serde_json::Value;

/// What goes before the roles: who may assume them.
const HEAD: &str = r#"# The roles that lifeboat assumes, made by `lifeboat policy print`.
# Take it as a module of its own; nothing in it names an account.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "trusted" {
  description = "ARNs of the people, roles or accounts that may assume them."
  type        = list(string)
}

variable "external_id" {
  description = "What they have to name to do so; empty asks for nothing."
  type        = string
  default     = ""
}

variable "name" {
  description = "What the names of the roles begin with."
  type        = string
  default     = "lifeboat"
}

locals {
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = var.trusted }
      Condition = var.external_id == "" ? {} : {
        StringEquals = { "sts:ExternalId" = var.external_id }
      }
    }]
  })
}
"#;

/// The module: the role that looks and, if it may change anything, the role
/// that does.
pub(super) fn module(read: &Value, operate: Option<(&str, &Value)>) -> String {
    let mut out = HEAD.to_owned();
    role(&mut out, "read", "observe", read);
    if let Some((name, document)) = operate {
        role(&mut out, "operate", name, document);
    }
    out
}

fn role(out: &mut String, role: &str, policy: &str, document: &Value) {
    let mut text = String::new();
    expression(&mut text, document, 1);
    let _ = write!(
        out,
        r#"
resource "aws_iam_role" "{role}" {{
  name               = "${{var.name}}-{role}"
  assume_role_policy = local.trust
}}

resource "aws_iam_policy" "{role}" {{
  name   = "${{var.name}}-{policy}"
  policy = jsonencode({text})
}}

resource "aws_iam_role_policy_attachment" "{role}" {{
  role       = aws_iam_role.{role}.name
  policy_arn = aws_iam_policy.{role}.arn
}}

output "{role}_role_arn" {{
  value = aws_iam_role.{role}.arn
}}
"#
    );
}

/// A value as an expression of Terraform's language.
fn expression(out: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            out.push_str("{\n");
            for (name, value) in members {
                let _ = write!(out, "{indent}  {} = ", quoted(name));
                expression(out, value, depth + 1);
                out.push('\n');
            }
            let _ = write!(out, "{indent}}}");
        }
        Value::Array(values) => {
            out.push_str("[\n");
            for value in values {
                let _ = write!(out, "{indent}  ");
                expression(out, value, depth + 1);
                out.push_str(",\n");
            }
            let _ = write!(out, "{indent}]");
        }
        Value::String(text) => out.push_str(&quoted(text)),
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

/// A text in quotes, in which nothing is a template.
fn quoted(text: &str) -> String {
    let text = Value::from(text).to_string();
    text.replace("${", "$${").replace("%{", "%%{")
}
