//! The demo on a fresh machine: it answers the searches that it prints, and the example script.

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
    let answers = first.answers().await;
    assert_eq!(answers.len(), 3);
    for (url, answer) in &answers {
        assert!(
            !answer["data"].as_array().unwrap().is_empty(),
            "{url}: {answer}"
        );
    }
    first.run_the_example_script();
    first.stop().await;
    let mut second = Demo::start(folder.path(), "second").await;
    for ((url, before), (_, after)) in answers.iter().zip(second.answers().await) {
        assert_eq!(
            before["data"][0]["room"]["id"], after["data"][0]["room"]["id"],
            "{url}"
        );
        assert_eq!(before["meta"]["total"], after["meta"]["total"], "{url}");
    }
    second.stop().await;
}

struct Demo {
    child: Child,
    urls: Vec<String>,
    folder: std::path::PathBuf,
}

impl Demo {
    async fn start(folder: &Path, name: &str) -> Self {
        let printed = folder.join(name);
        let child = command()
            .args(["demo", "--rooms", "2000", "--listen", "127.0.0.1:0"])
            .current_dir(folder)
            .stdout(File::create(&printed).unwrap())
            .spawn()
            .unwrap();
        let mut demo = Self {
            child,
            urls: Vec::new(),
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

    fn run_the_example_script(&self) {
        let has = |program| Command::new(program).arg("--version").output().is_ok();
        if !has("curl") || !has("python3") {
            eprintln!("skipped: the example script needs curl and python3");
            return;
        }
        let (base, _) = self.urls[0].split_once("/api/v1").unwrap();
        let script = Command::new(repository().join("examples/search.sh"))
            .args(["iit bombay", "quiet"])
            .env("ROOST_URL", base)
            .output()
            .unwrap();
        let printed = String::from_utf8(script.stdout).unwrap();
        assert!(script.status.success(), "{printed}");
        assert!(
            printed.contains(" rooms, ") && printed.lines().count() > 1,
            "{printed}"
        );
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
