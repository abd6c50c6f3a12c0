//! The demo on a fresh machine: it answers the requests that it prints, and the example scripts.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{command, eventually, repository};

const DEADLINE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn the_demo_answers_the_searches_it_prints_and_a_second_run_has_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Demo::start(folder.path(), "first").await;
    first.searches_with_its_key();
    first.finds_the_room_that_its_examples_create();
    first.run_the_example_scripts();
    let answers = first.answers().await;
    assert_eq!(answers.len(), 3);
    for (url, answer) in &answers {
        assert!(
            !answer["data"].as_array().unwrap().is_empty(),
            "{url}: {answer}"
        );
    }
    first.succeeds_with_every_example().await;
    first.stop().await;
    let mut second = Demo::start(folder.path(), "second").await;
    assert!(!second.printed.contains("shown only now") && !second.printed.contains("\nlandlord="));
    for ((url, before), (_, after)) in answers.iter().zip(second.answers().await) {
        assert_eq!(
            before["data"][0]["room"]["id"], after["data"][0]["room"]["id"],
            "{url}"
        );
        assert_eq!(before["meta"]["total"], after["meta"]["total"], "{url}");
    }
    second.stop().await;
}

/// The path with the example of one parameter and of those without which it is invalid; `None` for
/// a cursor, which has no example, and for an assignment, which is for its student alone.
fn with_example(path: &str, parameters: &[Value], tried: &Value) -> Option<String> {
    let example = |name: &str| {
        let parameter = parameters.iter().find(|it| it["name"] == name)?;
        Some((name.to_owned(), text(parameter.get("example")?)))
    };
    let name = tried["name"].as_str().unwrap();
    let beside: &[&str] = match name {
        "cursor" | "assignment" => return None,
        "lat" | "radius_m" | "radius_min_m" => &["lat", "lng"],
        "lng" => &["lat"],
        "check_in" => &["check_out"],
        "check_out" => &["check_in"],
        "max_facet_values" | "facets" => &["lat", "lng", "facets"],
        _ if name.starts_with("facet_") => &["lat", "lng", "facets"],
        "group_limit" => &["group_by"],
        "q" => &[],
        // Only a venue search requires a text or a point.
        _ if path.contains("venues/search") => &["q"],
        _ => &[],
    };
    let required = parameters.iter().filter(|it| it["required"] == true);
    let required = required.map(|it| it["name"].as_str().unwrap());
    let names: BTreeSet<&str> = required
        .chain(beside.iter().copied())
        .chain([name])
        .collect();
    let (mut path, mut query) = (path.to_owned(), Vec::new());
    for (name, value) in names.into_iter().filter_map(example) {
        let placeholder = format!("{{{name}}}");
        match path.contains(&placeholder) {
            true => path = path.replace(&placeholder, &value),
            false => query.push((name, value)),
        }
    }
    let url = reqwest::Url::parse_with_params("http://node", query).unwrap();
    Some(format!("{path}?{}", url.query().unwrap_or_default()))
}

/// An example as a query string contains it.
fn text(example: &Value) -> String {
    match example {
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

struct Demo {
    child: Child,
    urls: Vec<String>,
    printed: String,
    folder: std::path::PathBuf,
}

impl Demo {
    async fn start(folder: &Path, name: &str) -> Self {
        let printed = folder.join(name);
        let child = command()
            .args(["demo", "--rooms", "2000", "--listen", "127.0.0.1:0"])
            .current_dir(folder)
            // On a busy machine too, a search waits for the position of a write.
            .env("ROOST_SEARCH_TIMEOUT_MS", "10000")
            .stdout(File::create(&printed).unwrap())
            .spawn()
            .unwrap();
        let mut demo = Self {
            child,
            urls: Vec::new(),
            printed: String::new(),
            folder: folder.to_owned(),
        };
        let text = eventually("the demo serves", DEADLINE, async || {
            assert_eq!(demo.child.try_wait().unwrap(), None);
            let text = std::fs::read_to_string(&printed).unwrap();
            text.contains("Ctrl-C stops everything").then_some(text)
        })
        .await;
        demo.urls = (text.lines().filter_map(|line| line.strip_prefix("curl '")))
            .map(|line| line.trim_end_matches('\'').to_owned())
            .collect();
        demo.printed = text;
        demo
    }

    async fn answers(&self) -> Vec<(String, Value)> {
        let mut answers = Vec::new();
        for url in &self.urls {
            let answer = reqwest::get(url).await.unwrap();
            assert_eq!(answer.status(), 200, "{url}");
            answers.push((url.clone(), answer.json().await.unwrap()));
        }
        answers
    }

    /// Every operation of the OpenAPI document that needs no sign-in succeeds with each of its
    /// examples by itself, beside those that it requires.
    async fn succeeds_with_every_example(&self) {
        let (base, _) = self.urls[0].split_once("/api/v1").unwrap();
        let document = reqwest::get(format!("{base}/openapi.json")).await.unwrap();
        let document: Value = document.json().await.unwrap();
        let mut requests = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            let security = item["get"]["security"].as_array();
            if security.is_some_and(|schemes| !schemes.contains(&serde_json::json!({}))) {
                continue;
            }
            let parameters = item["get"]["parameters"].as_array();
            for tried in parameters.into_iter().flatten() {
                let parameters = item["get"]["parameters"].as_array().unwrap();
                let Some(path) = with_example(path, parameters, tried) else {
                    continue;
                };
                let answer = reqwest::get(format!("{base}{path}")).await.unwrap();
                let status = answer.status();
                assert_eq!(status, 200, "{path}: {}", answer.text().await.unwrap());
                requests += 1;
            }
        }
        assert!(requests > 100, "only {requests} requests");
    }

    /// Searches with the key that the demo prints.
    fn searches_with_its_key(&self) {
        let start = self.printed.find("# The same as a service").unwrap();
        let end = self.printed.find("# Sign in as the landlord").unwrap();
        let Some(answer) = self.run("sh", &["-ec", &self.printed[start..end]]) else {
            return;
        };
        let lower = answer.to_lowercase();
        assert!(lower.starts_with("http/1.1 200"), "{answer}");
        assert!(lower.contains("\nratelimit: "), "{answer}");
    }

    /// Runs what the demo prints as a shell would: signs in, creates a room and finds it.
    fn finds_the_room_that_its_examples_create(&self) {
        let start = self.printed.find("# Sign in as the landlord").unwrap();
        let end = self.printed.find("Ctrl-C stops everything").unwrap();
        let Some(script) = self.run("sh", &["-ec", &self.printed[start..end]]) else {
            return;
        };
        let answers: Vec<Value> = serde_json::Deserializer::from_str(&script)
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|error| panic!("{error}: {script}")))
            .collect();
        let hits = answers.last().unwrap()["data"].as_array().unwrap();
        assert_eq!(hits.len(), 1, "{script}");
        assert_eq!(hits[0]["room"]["title"], "Room below the lighthouse");
    }

    fn run_the_example_scripts(&self) {
        let search = repository().join("examples/search.sh");
        let search = [search.to_str().unwrap(), "iit bombay", "quiet"];
        if let Some(printed) = self.run("sh", &search) {
            assert!(
                printed.contains(" rooms, ") && printed.lines().count() > 1,
                "{printed}"
            );
        }
        let landlord = repository().join("examples/landlord.sh");
        if let Some(printed) = self.run("sh", &[landlord.to_str().unwrap()]) {
            assert!(printed.contains("found while it was listed"), "{printed}");
        }
    }

    /// What a program prints to stdout; `None` where the programs that it needs are missing.
    fn run(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let has = |program| Command::new(program).arg("--version").output().is_ok();
        if !has("curl") || !has("python3") {
            eprintln!("skipped: the examples need curl and python3");
            return None;
        }
        let (base, _) = self.urls[0].split_once("/api/v1").unwrap();
        let mut lines = self.printed.lines();
        let admin = lines.find_map(|line| line.trim().strip_prefix("admin@example.com"));
        let output = Command::new(program)
            .args(arguments)
            .env("ROOST_URL", base)
            .env("ROOST_MAIL", self.folder.join(".roost/data/mail"))
            .env("ADMIN_PASSWORD", admin.unwrap().trim())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}\n{errors}");
        Some(printed)
    }

    async fn stop(&mut self) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
        let child = &mut self.child;
        let status = eventually("the demo ends", DEADLINE, async || {
            child.try_wait().unwrap()
        })
        .await;
        assert_eq!(status.code(), Some(0));
        let url = command()
            .args(["postgres", "url"])
            .current_dir(&self.folder)
            .output()
            .unwrap();
        assert_eq!(url.status.code(), Some(1), "the demo stops its cluster");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
        // The cluster must remain between the two runs.
        if std::thread::panicking() || self.folder.join("second").exists() {
            let delete = ["postgres", "stop", "--delete"];
            let _gone = command().args(delete).current_dir(&self.folder).output();
        }
    }
}
