"""Writes taskdef.json and appspec.yaml of every stage from what its stack describes."""
import json
import pathlib
import subprocess
import sys

# What ECS tells of a task definition and does not take back.
READ_ONLY = (
    "taskDefinitionArn revision status requiresAttributes compatibilities"
    " registeredAt registeredBy deregisteredAt deleteRequestedAt"
).split()
BOOTSTRAP = "bluegreen.bootstrap"


def aws(stage, *arguments):
    done = subprocess.run(["aws", *arguments, "--region", stage["region"], "--output", "json"], stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{stage['environment']}: aws {' '.join(arguments)} failed")
    return json.loads(done.stdout)


def task_definition(stage):
    stack = aws(stage, "cloudformation", "describe-stacks", "--stack-name", stage["service_stack"])
    outputs = {it["OutputKey"]: it["OutputValue"] for it in stack["Stacks"][0].get("Outputs", [])}
    arn = outputs.get(stage["output_name"])
    if arn is None:
        sys.exit(f"{stage['service_stack']} has no output {stage['output_name']}; deploy {stage['environment']} first")
    found = aws(stage, "ecs", "describe-task-definition", "--task-definition", arn, "--include", "TAGS")
    definition = {key: value for key, value in found["taskDefinition"].items() if key not in READ_ONLY}
    # CloudFormation's own tags are not for others to set.
    tags = [tag for tag in found.get("tags", []) if not tag["key"].startswith("aws:")]
    if tags:
        definition["tags"] = tags
    return definition


def with_image(stage, definition):
    main = [it for it in definition["containerDefinitions"] if it["name"] == stage["container"]]
    if not main:
        sys.exit(f"the task definition of {stage['service_stack']} has no container {stage['container']}")
    main[0]["image"] = "<IMAGE1_NAME>"
    labels = main[0].get("dockerLabels", {})
    # The placeholder of a new stack runs in its own way.
    if labels.pop(BOOTSTRAP, None) == "true":
        for key, value in stage["main"].items():
            main[0].pop(key, None)
            if value is not None:
                main[0][key] = value
        if not labels:
            del main[0]["dockerLabels"]
    return definition


def main(stages, release):
    for stage in json.loads(pathlib.Path(stages).read_text()):
        folder = pathlib.Path(release, stage["environment"])
        folder.mkdir(parents=True, exist_ok=True)
        files = {
            "taskdef.json": with_image(stage, task_definition(stage)),
            "appspec.yaml": stage["appspec"],  # JSON is YAML
        }
        for name, content in files.items():
            folder.joinpath(name).write_text(json.dumps(content, indent=2) + "\n")
        print(f"{stage['environment']}: taskdef.json and appspec.yaml from {stage['service_stack']}")


main(*sys.argv[1:])
