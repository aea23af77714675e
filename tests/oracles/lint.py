"""cfn-lint and AWS' cloudformation-validate over templates.

    python lint.py [--region eu-west-1]... [--resolved DIR] TEMPLATE...

One line per finding, `FILE:LINE RULE message`; exit 1 on any. cfn-lint runs with every check,
informational ones included. Of cloudformation-validate WARN and above count; INFO is only counted,
because half of it says the same for every template ever written.
"""

import argparse
import multiprocessing
import os
import sys

# Rule id, or rule id and a part of the message -> why its findings do not count here. Add nothing without a reason.
SILENCED = {
    "E1001 ('Hooks' was unexpected)": (
        "a section of its own for AWS::CodeDeploy::BlueGreen, which cfn-lint does not know; tests/invariants/hook.rs"
        " holds it to the documented syntax"
    ),
    "F0005 'Hooks' is not a valid top-level template section": "the same, from cloudformation-validate",
}

# Findings that resolving itself brings about, and that say nothing about the template: by rule id, or by
# rule id and a part of the message.
ONLY_AFTER_RESOLVING = {
    "I3510 codestar-connections:UseConnection": (
        "a connection's ARN has either prefix; both are granted on the one that is given"
    ),
    "W3010": "availability zones are spelt out because Fn::GetAZs was evaluated",
    "W9002 Property 'ListenerArn'": "a listener that services share is spelt out because its import was evaluated",
    "W9013": "the same, from cloudformation-validate",
    "I3042": "the partition is spelt out because AWS::Partition was evaluated",
    "W1020": "a Sub kept for one variable may have lost the others",
}

WORKERS = 2


def _read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def cfn_lint(job):
    """[(path, line, rule, message)] for one template; runs in a worker process."""
    import cfnlint.api
    import cfnlint.config

    path, regions = job
    # `configure_rules` and overrides from a .cfnlintrc of some parent folder must not creep in, so
    # the template goes in as text.
    config = cfnlint.config.ManualArgs(include_checks=["I"], regions=regions)
    found = []
    try:
        for match in cfnlint.api.lint(_read(path), config=config):
            found.append((path, match.linenumber, match.rule.id, match.message))
    except Exception as error:
        found.append((path, 1, "E0002", f"cfn-lint crashed: {error!r}"))
    return found


def cfn_validate(paths, regions):
    """([(path, line, rule, message)], number of INFO findings)"""
    import cloudformation_validate as validate

    engine = validate.CompositeEngine()
    found, infos = [], 0
    for path in paths:
        for item in engine.validate_template(path).diagnostics:
            if item.severity.name in ("INFO", "DEBUG"):
                infos += 1
                continue
            line = item.start_line or 1
            found.append((path, line, item.rule_id, item.message))
    return found, infos


def lint(paths, regions=("us-east-1",), resolved=None):
    """([(path, line, rule, message)] without silenced ones, number of INFO findings)

    Templates below the folder `resolved` are resolve.py's.
    """
    jobs = [(path, list(regions)) for path in paths]
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    if len(jobs) > 1:
        # The workers start first: forking after the Rust engine has started threads is unsafe.
        with context.Pool(min(WORKERS, len(jobs))) as pool:
            pending = pool.map_async(cfn_lint, jobs, chunksize=1)
            found, infos = cfn_validate(paths, regions)
            results = pending.get()
    else:
        results = [cfn_lint(job) for job in jobs]
        found, infos = cfn_validate(paths, regions)
    for result in results:
        found += result

    def counts(finding):
        path, _, rule, message = finding
        known = dict(SILENCED)
        if resolved is not None and path.startswith(resolved):
            known.update(ONLY_AFTER_RESOLVING)
        return not any(
            rule == known_rule and part in message
            for known_rule, _, part in (entry.partition(" ") for entry in known)
        )

    return sorted(set(filter(counts, found))), infos


def report(paths, regions=("us-east-1",), resolved=None):
    found, infos = lint(paths, regions, resolved)
    for path, line, rule, message in found:
        print(f"{path}:{line} {rule} {' '.join(message.split())}")
    print(f"{len(paths)} templates, {len(found)} findings, {infos} informational", file=sys.stderr)
    return len(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--region", action="append", help="may be repeated")
    parser.add_argument("--resolved", metavar="DIR", help="where resolve.py wrote some of them")
    parser.add_argument("templates", nargs="+")
    arguments = parser.parse_args()
    regions = arguments.region or ["us-east-1"]
    return 1 if report(arguments.templates, regions, arguments.resolved) else 0


if __name__ == "__main__":
    sys.exit(main())
