//! Which tests may be run again when they failed: those that judge how long something took, and no others.

use std::{fs, path::Path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The file of a module, below one of the two roots.
fn source(module: &[&str]) -> Option<String> {
    // Tests beside the code are a module in its file, or a file of their own.
    let within: &[&[&str]] = &[module, module.strip_suffix(&["tests"]).unwrap_or(module)];
    let files = within.iter().flat_map(|module| {
        ["src/tests", "src"].map(|root| Path::new(ROOT).join(root).join(module.join("/")).with_extension("rs"))
    });
    let texts: Vec<_> = files.filter_map(|file| fs::read_to_string(file).ok()).collect();
    (!texts.is_empty()).then(|| texts.concat())
}

#[test]
fn only_tests_that_are_there_and_judge_time_are_run_again() {
    let list = fs::read_to_string(Path::new(ROOT).join(".make/timing-tests.txt")).unwrap();
    let lines: Vec<_> = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(!lines.is_empty());
    for line in lines {
        let (module, name) = line.rsplit_once("::").unwrap();
        let module: Vec<_> = module.split("::").collect();
        let text = source(&module).unwrap_or_else(|| panic!("{line}: there is no such module"));
        assert!(name.is_empty() || text.contains(&format!("fn {name}(")), "{line}: there is no such test");
        // Processes are killed there, and faults and races made, to count rows afterwards.
        let judges_rows = match module[..] {
            ["processes", ..] | ["seats"] => true,
            ["seats", within] => !["live", "streams"].contains(&within),
            ["faults", within] => within == "writes" || within == "aborts",
            ["faults"] => name.is_empty(),
            _ => false,
        };
        assert!(!judges_rows, "{line}: a row that is lost once is lost");
    }
}
