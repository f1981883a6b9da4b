//! The scan steps, run as the CI systems run them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{read, yaml};

/// A folder of a job, with something to scan that passes, fails, or can't be seen whole.
struct Job {
    folder: tempfile::TempDir,
    script: String,
    variables: Vec<(&'static str, String)>,
}

impl Job {
    fn new(script: &str, variables: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let account = |name: &str, tls: &str| {
            format!(
                r#"[{{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{name}",
                     "properties": {{"minimumTlsVersion": "{tls}"}}}}]"#
            )
        };
        fs::write(folder.path().join("bad one.json"), account("##vso[task.complete]x", "TLS1_0")).unwrap();
        fs::write(folder.path().join("nothing.json"), "[]").unwrap();
        let mut job = Self { folder, script: script.to_owned(), variables: Vec::new() };
        let program = assert_cmd::cargo::cargo_bin("skytjek").display().to_string();
        job.set("SKYTJEK", &program);
        for (name, value) in variables {
            job.set(name, value);
        }
        job
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Exit code, and what stands in the log.
    fn run(&self) -> (i32, String) {
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &self.script]);
        command.current_dir(self.folder.path()).env("AZURE_CONFIG_DIR", "/nonexistent");
        command.envs(self.variables.iter().map(|(name, value)| (*name, value.as_str())));
        let output = command.output().unwrap();
        let mut log = String::from_utf8(output.stdout).unwrap();
        log.push_str(&String::from_utf8(output.stderr).unwrap());
        (output.status.code().unwrap(), log)
    }
}

fn results(sarif: &Path) -> usize {
    let text = fs::read_to_string(sarif).unwrap();
    let sarif: serde_json::Value = serde_json::from_str(&text).unwrap();
    sarif["runs"][0]["results"].as_array().unwrap().len()
}

#[test]
fn the_action_hands_the_exit_code_to_its_gate() {
    let text = read("action.yml");
    let action = yaml(&text);
    let steps = action["runs"]["steps"].as_sequence().unwrap();
    let step = |name: &str| steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap();
    let scan = step("Scan")["run"].as_str().unwrap();
    let gate = step("Gate")["run"].as_str().unwrap();
    // Whatever the step hands in is one of the script's variables.
    for (name, _) in step("Scan")["env"].as_mapping().unwrap() {
        assert!(scan.contains(&format!("${}", name.as_str().unwrap())), "{name:?}");
    }

    let mut job = Job::new(
        scan,
        &[
            ("SCAN_PATH", "bad one.json"),
            ("FAIL_ON", "high"),
            ("PROFILE", ""),
            ("BASELINE", ""),
            ("ALLOW_INCOMPLETE", "false"),
            ("SUMMARY", "true"),
        ],
    );
    let here = |job: &Job, name: &str| job.path(name).display().to_string();
    for (name, file) in
        [("RUNNER_TEMP", "temp"), ("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary")]
    {
        let value = here(&job, file);
        job.set(name, &value);
    }
    let (code, log) = job.run();
    assert_eq!(code, 0, "the gate comes last: {log}");
    let sarif = job.path("temp/skytjek-report/sarif/skytjek.sarif");
    assert!(job.text("output").contains("exit-code=1\nsarif-directory="), "{}", job.text("output"));
    assert!(results(&sarif) > 0);
    assert!(job.text("summary").starts_with("## skytjek: "), "{}", job.text("summary"));
    // Between the two lines with the token the runner reads no commands.
    let token = log.lines().next().unwrap().strip_prefix("::stop-commands::").unwrap();
    assert_eq!(token.len(), 32);
    assert!(log.lines().any(|line| line == format!("::{token}::")));

    // What was found is the baseline of the next run; a path with a blank stays one.
    fs::copy(&sarif, job.path("base line.sarif")).unwrap();
    fs::remove_file(job.path("output")).unwrap();
    job.set("BASELINE", "base line.sarif\n");
    job.set("ALLOW_INCOMPLETE", "true");
    job.set("PROFILE", "baseline");
    job.run();
    assert!(job.text("output").starts_with("exit-code=0\n"), "{}", job.text("output"));

    fs::remove_file(job.path("output")).unwrap();
    job.set("SCAN_PATH", "nothing.json");
    let (code, log) = job.run();
    assert_eq!((code, job.text("output").as_str()), (0, "exit-code=4\n"), "{log}");

    for (code, expected) in [("0", 0), ("1", 1), ("3", 3), ("", 4)] {
        assert_eq!(Job::new(gate, &[("CODE", code)]).run().0, expected, "{code}");
    }
}

/// Azure Pipelines and GitLab: the step itself ends as the program did.
fn keeps_exit_codes(job: &mut Job, baseline: &str, report: &str) -> String {
    job.set("SCAN_PATH", "bad one.json");
    let (code, log) = job.run();
    assert_eq!(code, 1, "{log}");
    assert!(results(&job.path(&format!("{report}skytjek.sarif").replace("//", "/"))) > 0);
    job.set("BASELINE", baseline);
    job.set("ALLOW_INCOMPLETE", "true");
    let (code, log_of_second) = job.run();
    assert_eq!(code, 0, "{log_of_second}");
    job.set("SCAN_PATH", "nothing.json");
    assert_eq!(job.run().0, 4);
    log
}

#[test]
fn azure_pipelines_keeps_exit_codes_and_takes_no_commands_from_names() {
    let text = read("ci/azure-pipelines.yml");
    let template = yaml(&text);
    let step = &template["steps"][0];
    let script = step["bash"].as_str().unwrap();
    for (name, _) in step["env"].as_mapping().unwrap() {
        assert!(script.contains(name.as_str().unwrap()), "{name:?}");
    }
    let parameters: Vec<&str> =
        template["parameters"].as_sequence().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    for name in &parameters {
        assert!(text.contains(&format!("${{{{ parameters.{name} }}}}")), "{name} is not used");
    }
    assert_eq!(text.matches("${{ parameters.").count(), parameters.len());

    // The values that the template has by default: a parameter of a template is never empty.
    let mut job = Job::new(
        script,
        &[("FAIL_ON", "high"), ("PROFILE", " "), ("BASELINE", " "), ("ALLOW_INCOMPLETE", "False")],
    );
    let report = job.path("report").display().to_string();
    job.set("REPORT", &report);
    fs::create_dir(job.path("kept")).unwrap();
    job.script = format!("trap 'cp report/sarif/skytjek.sarif kept/ 2>/dev/null || true' EXIT\n{script}");
    let log = keeps_exit_codes(&mut job, "kept/skytjek.sarif; ", "report/sarif/");
    let commands: Vec<&str> = log.lines().filter(|line| line.contains("##")).collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    assert!(commands[0].starts_with("##vso[task.uploadsummary]"), "{commands:?}");
    assert_eq!(commands[1], "##vso[task.setvariable variable=exitCode;isOutput=true]1");
    assert!(log.contains("# #vso[task.complete]x"), "the name is still shown: {log}");
}

#[test]
fn gitlab_keeps_exit_codes() {
    let text = read("ci/gitlab.yml");
    let pipeline = yaml(&text);
    let job = &pipeline["skytjek"];
    let script = job["script"][0].as_str().unwrap();
    let variables: Vec<(String, String)> = job["variables"]
        .as_mapping()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.as_str().unwrap().to_owned(), value.as_str().unwrap().to_owned()))
        .collect();
    let defaults = ["FAIL_ON", "PROFILE", "BASELINE", "ALLOW_INCOMPLETE"].map(|name| {
        assert!(script.contains(name));
        (name, variables.iter().find(|(known, _)| known == name).unwrap().1.as_str())
    });
    let mut run = Job::new(script, &defaults);
    run.script = format!("trap 'cp skytjek.sarif old.sarif 2>/dev/null || true' EXIT\n{script}");
    keeps_exit_codes(&mut run, "old.sarif", "");
    assert!(run.text("skytjek.junit.xml").starts_with("<?xml"));
    let artifacts = &job["artifacts"];
    assert_eq!(artifacts["when"].as_str(), Some("always"));
    assert_eq!(artifacts["reports"]["junit"].as_str(), Some("skytjek.junit.xml"));
}
