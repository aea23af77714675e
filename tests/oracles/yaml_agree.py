"""Does the YAML of a template say the same as its JSON, to a YAML 1.1 reader?

    python yaml_agree.py A.yaml A.json [B.yaml B.json ...]

PyYAML stands for everything that reads YAML 1.1 (the AWS CLI among it): a bare `yes`, `on`, `0777`,
`12:30`, `1_000` or `2010-09-09` becomes something else there. No value is forgiven.
"""

import argparse
import json
import sys

import template as templates


def differences(left, right, path="$"):
    if type(left) is not type(right):
        yield f"{path}: YAML {left!r} ({type(left).__name__}), JSON {right!r}"
    elif isinstance(left, dict):
        for key in sorted(set(left) | set(right), key=str):
            if key not in right:
                yield f"{path}.{key}: only in YAML"
            elif key not in left:
                yield f"{path}.{key}: only in JSON"
            else:
                yield from differences(left[key], right[key], f"{path}.{key}")
        if set(left) == set(right) and list(left) != list(right):
            yield f"{path}: same keys in another order"
    elif isinstance(left, list):
        if len(left) != len(right):
            yield f"{path}: {len(left)} items in YAML, {len(right)} in JSON"
        for index, (one, other) in enumerate(zip(left, right)):
            yield from differences(one, other, f"{path}[{index}]")
    elif left != right:
        yield f"{path}: YAML {left!r}, JSON {right!r}"


def long_form(value):
    """`Fn::GetAtt: A.B` and `Fn::GetAtt: [A, B]` say the same."""
    if isinstance(value, list):
        return [long_form(item) for item in value]
    if not isinstance(value, dict):
        return value
    if list(value) == ["Fn::GetAtt"] and isinstance(value["Fn::GetAtt"], str):
        return {"Fn::GetAtt": value["Fn::GetAtt"].split(".", 1)}
    return {key: long_form(item) for key, item in value.items()}


def compare(yaml_path, json_path):
    with open(yaml_path, encoding="utf-8") as file:
        text = file.read()
    with open(json_path, encoding="utf-8") as file:
        expected = json.load(file)
    return list(differences(long_form(templates.parse(text, False)), long_form(expected)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("files", nargs="+", help="YAML JSON [YAML JSON ...]")
    files = parser.parse_args().files
    if len(files) % 2:
        parser.error("files come in pairs")
    bad = 0
    for yaml_path, json_path in zip(files[::2], files[1::2]):
        for difference in compare(yaml_path, json_path):
            print(f"{yaml_path}: {difference}")
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
