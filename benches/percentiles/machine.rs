//! Describes the machine on which the benches run.

use std::fs;

use crate::rooms;

/// One sentence with processor, memory, load and dataset.
pub(crate) fn summary() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown model".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").and_then(|text| {
        let kib: f64 = text.split_whitespace().next()?.parse().ok()?;
        Some(format!("{:.0} GiB of memory", kib / f64::from(1 << 20)))
    });
    let memory = memory.unwrap_or_else(|| "unknown memory".to_owned());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    format!(
        "Measured on {cores} cores ({model}), {memory}, load average at the start {load}; dataset {}.",
        &rooms::dataset()[..16]
    )
}

/// The value of the first `name:` line in a file of the system.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
