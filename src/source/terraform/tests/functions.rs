//! The functions, with the examples of their documentation where it has some.

use super::{Folder, check};

#[test]
fn numeric() {
    check(
        "",
        &[
            ("abs(-12.4)", "12.4"),
            ("ceil(5.1)", "6"),
            ("floor(4.9)", "4"),
            ("log(16, 2)", "4"),
            ("max(12, 54, 3)", "54"),
            ("min(12, 54, 3)", "3"),
            ("parseint(\"FF\", 16)", "255"),
            (
                "parseint(\"9\", 8)",
                "<?can't be evaluated: in 'parseint': the text is no whole number of base 8>",
            ),
            ("pow(3, 2)", "9"),
            ("signum(-13)", "-1"),
            ("sum([10, 13, 6, 4.5])", "33.5"),
        ],
    );
}

#[test]
fn text() {
    check(
        "",
        &[
            ("chomp(\"hello\\n\\n\")", "\"hello\""),
            ("endswith(\"hello\", \"lo\")", "true"),
            ("startswith(\"hello\", \"lo\")", "false"),
            ("strcontains(\"hello\", \"ell\")", "true"),
            (
                "format(\"%s has %d, %5.1f, %05d, %-3s|\", \"a\", 2, 3.14159, 42, \"x\")",
                "\"a has 2,   3.1, 00042, x  |\"",
            ),
            (
                "format(\"%v %v %q %% %#v\", [1, \"b\"], true, \"q\", null)",
                "\"[1,\\\"b\\\"] true \\\"q\\\" % null\"",
            ),
            ("format(\"%[2]s%[1]s\", \"a\", \"b\")", "\"ba\""),
            ("format(\"%x\", 255)", "\"ff\""),
            ("formatlist(\"%s-%s\", [\"a\", \"b\"], \"c\")", "[\"a-c\", \"b-c\"]"),
            ("indent(2, \"a\\nb\")", "\"a\\n  b\""),
            ("join(\", \", [\"a\", 1], [true])", "\"a, 1, true\""),
            ("lower(\"ÆBLE\")", "\"æble\""),
            ("upper(\"abc\")", "\"ABC\""),
            ("title(\"hello world\")", "\"Hello World\""),
            ("regex(\"[a-z]+\", \"53453453.345345aaabbbccc23454\")", "\"aaabbbccc\""),
            ("regex(\"(\\\\d\\\\d)-(\\\\d)\", \"19-2\")", "[\"19\", \"2\"]"),
            ("regex(\"(?P<year>\\\\d+)-(?P<m>\\\\d+)\", \"2019-02\")", "{m: \"02\", year: \"2019\"}"),
            ("regex(\"x\", \"y\")", "<?can't be evaluated: in 'regex': the pattern doesn't match>"),
            ("regexall(\"[a-z]\", \"1a2b\")", "[\"a\", \"b\"]"),
            ("replace(\"1 + 2 + 3\", \"+\", \"-\")", "\"1 - 2 - 3\""),
            ("replace(\"hello world\", \"/w.*d/\", \"everybody\")", "\"hello everybody\""),
            ("replace(\"a-b\", \"/(.)-(.)/\", \"$2-$1\")", "\"b-a\""),
            ("split(\",\", \"a,b,\")", "[\"a\", \"b\", \"\"]"),
            ("split(\",\", \"\")", "[]"),
            ("strrev(\"abc\")", "\"cba\""),
            ("substr(\"hello world\", 1, 4)", "\"ello\""),
            ("substr(\"hello world\", -5, -1)", "\"world\""),
            ("trim(\"?!hello?!\", \"!?\")", "\"hello\""),
            ("trimprefix(\"helloworld\", \"hello\")", "\"world\""),
            ("trimsuffix(\"helloworld\", \"world\")", "\"hello\""),
            ("trimspace(\"  a \\n\")", "\"a\""),
            ("templatestring(\"<$${a}>\", { a = 1 })", "\"<1>\""),
        ],
    );
}

#[test]
fn collections() {
    check(
        "",
        &[
            ("alltrue([true, \"true\"])", "true"),
            ("anytrue([])", "false"),
            ("chunklist([1, 2, 3], 2)", "[[1, 2], [3]]"),
            ("coalesce(null, \"\", \"b\")", "\"b\""),
            ("coalescelist([], [1])", "[1]"),
            ("compact([\"a\", \"\", null, \"b\"])", "[\"a\", \"b\"]"),
            ("concat([1], [2, 3])", "[1, 2, 3]"),
            ("contains([\"a\", \"b\"], \"b\")", "true"),
            ("contains([\"1\"], 1)", "true"),
            ("distinct([\"a\", \"b\", \"a\"])", "[\"a\", \"b\"]"),
            ("element([\"a\", \"b\", \"c\"], 4)", "\"b\""),
            ("element([\"a\", \"b\"], -1)", "\"b\""),
            ("flatten([[\"a\"], [], [[\"b\"], \"c\"]])", "[\"a\", \"b\", \"c\"]"),
            ("index([\"a\", \"b\"], \"b\")", "1"),
            ("keys({ b = 1, a = 2 })", "[\"a\", \"b\"]"),
            ("values({ b = 1, a = 2 })", "[2, 1]"),
            ("length(\"æø\")", "2"),
            ("length({ a = 1 })", "1"),
            ("lookup({ a = \"x\" }, \"a\", \"y\")", "\"x\""),
            ("lookup({}, \"a\", \"y\")", "\"y\""),
            ("matchkeys([\"i1\", \"i2\"], [\"a\", \"b\"], [\"b\"])", "[\"i2\"]"),
            ("merge({ a = 1, b = 2 }, null, { b = 3 })", "{a: 1, b: 3}"),
            ("one([])", "null"),
            ("one([\"a\"])", "\"a\""),
            ("range(3)", "[0, 1, 2]"),
            ("range(1, 8, 3)", "[1, 4, 7]"),
            ("range(4, 1)", "[4, 3, 2]"),
            ("reverse([1, 2])", "[2, 1]"),
            ("setintersection([\"a\", \"b\"], [\"b\", \"c\"])", "[\"b\"]"),
            ("setproduct([\"a\", \"b\"], [1, 2])", "[[\"a\", 1], [\"a\", 2], [\"b\", 1], [\"b\", 2]]"),
            ("setsubtract([\"a\", \"b\"], [\"a\"])", "[\"b\"]"),
            ("setunion([\"b\"], [\"a\", \"b\"])", "[\"a\", \"b\"]"),
            ("slice([\"a\", \"b\", \"c\", \"d\"], 1, 3)", "[\"b\", \"c\"]"),
            ("slice([1], 0, 2)", "<?can't be evaluated: in 'slice': the indexes are not in the list>"),
            ("sort([\"e\", \"d\", \"a\"])", "[\"a\", \"d\", \"e\"]"),
            ("transpose({ a = [\"1\", \"2\"], b = [\"2\"] })", "{1: [\"a\"], 2: [\"a\", \"b\"]}"),
            ("zipmap([\"a\", \"b\"], [1, 2])", "{a: 1, b: 2}"),
        ],
    );
}

#[test]
fn encodings() {
    check(
        "",
        &[
            ("base64encode(\"Hello World\")", "\"SGVsbG8gV29ybGQ=\""),
            ("base64decode(\"SGVsbG8gV29ybGQ=\")", "\"Hello World\""),
            ("csvdecode(\"a,b\\n1,2\\n\")", "[{a: \"1\", b: \"2\"}]"),
            ("jsondecode(\"{\\\"a\\\": [1, null]}\")", "{a: [1, null]}"),
            (
                "jsonencode({ b = [1.5, \"<&>\"], a = null })",
                r#""{\"a\":null,\"b\":[1.5,\"\\u003c\\u0026\\u003e\"]}""#,
            ),
            ("yamldecode(\"a: 1\\nb: [x, true, ~]\\n\")", "{a: 1, b: [\"x\", true, null]}"),
            ("yamldecode(\"a: &x [1]\\nb: *x\\n\")", "<?is YAML with aliases, which are not followed>"),
            ("urlencode(\"Hello World/å\")", "\"Hello+World%2F%C3%A5\""),
            ("textencodebase64(\"A\", \"UTF-16LE\")", "\"QQA=\""),
            ("textdecodebase64(\"QQA=\", \"UTF-16LE\")", "\"A\""),
            ("md5(\"hello world\")", "\"5eb63bbbe01eeed093cb22bb8f5acdc3\""),
            ("sha1(\"hello world\")", "\"2aae6c35c94fcfb415dbe95f408b9ce91ee846ed\""),
            (
                "sha256(\"hello world\")",
                "\"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9\"",
            ),
            ("base64sha256(\"hello world\")", "\"uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=\""),
            ("uuidv5(\"dns\", \"www.terraform.io\")", "\"a5008fae-b28c-5ba5-96cd-82b4c53552d6\""),
            ("yamlencode({})", "<?is made by 'yamlencode', which is not evaluated>"),
        ],
    );
}

#[test]
fn networks() {
    check(
        "",
        &[
            ("cidrhost(\"10.12.112.0/20\", 16)", "\"10.12.112.16\""),
            ("cidrhost(\"10.12.112.0/20\", -1)", "\"10.12.127.255\""),
            ("cidrhost(\"fd00:fd12:3456:7890:00a2::/72\", 34)", "\"fd00:fd12:3456:7890::22\""),
            (
                "cidrhost(\"10.0.0.0/30\", 4)",
                "<?can't be evaluated: in 'cidrhost': 10.0.0.0/30 has no host 4>",
            ),
            ("cidrnetmask(\"172.16.0.0/12\")", "\"255.240.0.0\""),
            ("cidrsubnet(\"172.16.0.0/12\", 4, 2)", "\"172.18.0.0/16\""),
            ("cidrsubnet(\"10.1.2.0/24\", 4, 15)", "\"10.1.2.240/28\""),
            ("cidrsubnet(\"fd00:fd12:3456:7890::/56\", 16, 162)", "\"fd00:fd12:3456:7800:a200::/72\""),
            (
                "cidrsubnet(\"10.0.0.0/8\", 1, 2)",
                "<?can't be evaluated: in 'cidrsubnet': 10.0.0.0/8 has no subnet 2>",
            ),
            (
                "cidrsubnets(\"10.1.0.0/16\", 4, 4, 8, 4)",
                "[\"10.1.0.0/20\", \"10.1.16.0/20\", \"10.1.32.0/24\", \"10.1.48.0/20\"]",
            ),
        ],
    );
}

#[test]
fn time() {
    check(
        "",
        &[
            ("formatdate(\"DD MMM YYYY hh:mm ZZZ\", \"2018-01-02T23:12:01Z\")", "\"02 Jan 2018 23:12 UTC\""),
            (
                "formatdate(\"EEEE, 'o''clock' h:mmaa\", \"2018-01-02T23:12:01-08:00\")",
                "\"Tuesday, o'clock 23:12pm\"",
            ),
            ("timeadd(\"2017-11-22T00:00:00Z\", \"10m\")", "\"2017-11-22T00:10:00Z\""),
            ("timecmp(\"2017-11-22T00:00:00Z\", \"2017-11-22T01:00:00Z\")", "-1"),
            ("timeadd(timestamp(), \"10m\")", "<?is the time of the run>"),
            ("uuid()", "<?is made by 'uuid', which differs each time>"),
        ],
    );
}

#[test]
fn types_and_errors() {
    check(
        "locals {\n  o = { a = 1 }\n}",
        &[
            ("tostring(1)", "\"1\""),
            ("tonumber(\"1.50\")", "1.5"),
            ("tobool(\"true\")", "true"),
            (
                "tobool(\"maybe\")",
                "<?can't be evaluated: in 'tobool': 'maybe' is given where true or false is wanted>",
            ),
            ("toset([\"b\", \"a\", \"b\"])", "[\"a\", \"b\"]"),
            ("toset([1, \"1\"])", "[\"1\"]"),
            ("tolist(toset([\"b\", \"a\"]))", "[\"a\", \"b\"]"),
            ("tomap({ a = 1 })", "{a: 1}"),
            ("try(local.o.b, local.o.a)", "1"),
            ("try([local.o.b], [local.o.a])", "[1]"),
            ("try(local.o.b, null)", "null"),
            ("can(local.o.b)", "false"),
            ("can(local.o.a)", "true"),
            ("nosuch(1)", "<?depends on function 'nosuch', which is not evaluated>"),
            (
                "provider::azurerm::normalise_resource_id(\"x\")",
                "<?depends on function 'provider::azurerm::normalise_resource_id', which is not evaluated>",
            ),
            ("upper()", "<?can't be evaluated: in 'upper': argument 1 is missing>"),
            ("issensitive(sensitive(1))", "true"),
        ],
    );
}

#[test]
fn files() {
    let folder = Folder::new(&[
        (
            "infra/main.tf",
            concat!(
                "resource \"t_t\" \"t\" {\n",
                "  text = file(\"${path.module}/a.txt\")\n",
                "  json = jsondecode(file(\"data/x.json\")).k[0]\n",
                "  there = [fileexists(\"a.txt\"), fileexists(\"b.txt\")]\n",
                "  set = fileset(path.module, \"data/*.json\")\n",
                "  base64 = filebase64(\"a.txt\")\n",
                "  hash = filemd5(\"a.txt\")\n",
                "  filled = templatefile(\"data/t.tftpl\", { names = [\"a\", \"b\"], port = 80 })\n",
                "  outside = file(\"/etc/passwd\")\n",
                "  tried = try(file(\"/etc/passwd\"), \"x\")\n",
                "  none = try(file(\"none\"), \"x\")\n",
                "  names = [basename(\"a/b.txt\"), dirname(\"a/b.txt\"), dirname(\"b\")]\n",
                "}\n",
            ),
        ),
        ("infra/a.txt", "hello"),
        ("infra/data/x.json", "{\"k\": [7]}"),
        ("infra/data/y.json", "{}"),
        ("infra/data/t.tftpl", "%{ for n in names ~}\n${n}:${port}\n%{ endfor ~}\n"),
    ]);
    let evaluated = folder.evaluate("infra", &[]);
    for (name, expected) in [
        ("text", "\"hello\""),
        ("json", "7"),
        ("there", "[true, false]"),
        ("set", "[\"data/x.json\", \"data/y.json\"]"),
        ("base64", "\"aGVsbG8=\""),
        ("hash", "\"5d41402abc4b2a76b9719d911017c592\""),
        ("filled", "\"a:80\\nb:80\\n\""),
        ("none", "\"x\""),
        ("names", "[\"b.txt\", \"a\", \".\"]"),
    ] {
        assert_eq!(evaluated.argument("t_t.t", name), expected, "{name}");
    }
    for outside in ["outside", "tried"] {
        assert!(evaluated.argument("t_t.t", outside).contains("lies outside of"), "{outside}");
    }
}
