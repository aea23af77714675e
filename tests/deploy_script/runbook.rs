use std::process::Command;

use crate::fixture::{ecs_place, place};

/// The commands of every fenced block.
fn blocks(text: &str) -> Vec<&str> {
    text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn every_command_is_shell() {
    for place in [place(), ecs_place()] {
        let text = place.read("RUNBOOK.md");
        let blocks = blocks(&text);
        assert!(blocks.len() > 8, "{text}");
        for block in blocks {
            // What a person fills in is in angle brackets, which a shell takes for a redirection.
            let filled =
                block.replace(['<', '>'], "_").replace("_TASK_DEFINITION_", "X").replace("___'", "<<<'");
            place.write("block.sh", &filled);
            let output = Command::new("bash").arg("-n").arg(place.folder.path().join("block.sh")).output();
            let output = output.expect("bash runs");
            assert!(output.status.success(), "{}\n{filled}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn it_reads_as_it_should() {
    insta::with_settings!({snapshot_path => "../../snapshots/artifacts", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("runbook", place().read("RUNBOOK.md"));
        insta::assert_snapshot!("runbook-ecs", ecs_place().read("RUNBOOK.md"));
    });
}
