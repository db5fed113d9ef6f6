//! What a process has used.

use std::collections::HashMap;
use std::fs;

/// Seconds of CPU of a process and of all that it started, living or gone. The system counts in hundredths.
pub(crate) fn seconds(process: u32) -> f64 {
    let mut parents: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut used: HashMap<u32, f64> = HashMap::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name before it may hold anything.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: f64 = fields[11..15].iter().filter_map(|field| field.parse::<f64>().ok()).sum();
        parents.entry(fields[1].parse().unwrap()).or_default().push(id);
        used.insert(id, ticks / 100.0);
    }
    let (mut sum, mut left) = (0.0, vec![process]);
    while let Some(id) = left.pop() {
        sum += used.get(&id).copied().unwrap_or_default();
        left.extend(parents.remove(&id).unwrap_or_default());
    }
    sum
}
