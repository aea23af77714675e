"""Runs the hook against clients that answer from lists, and a web server on loopback."""
import contextlib
import http.server
import io
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import types
import unittest

HOOK = pathlib.Path(sys.argv.pop(1))
ECS_HOOK = pathlib.Path(sys.argv.pop(1))


class Clock:
    """Time that passes only in sleep."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class CodeDeploy:
    def __init__(self, task_sets):
        self.task_sets, self.reports = task_sets, []

    def get_deployment_target(self, deploymentId, targetId):
        assert (deploymentId, targetId) == ("d-1", "shop-prod:checkout")
        if isinstance(self.task_sets, Exception):
            raise self.task_sets
        return {"deploymentTarget": {"ecsTarget": {"taskSetsInfo": self.task_sets}}}

    def put_lifecycle_event_hook_execution_status(self, **report):
        self.reports.append(report)


class Ecs:
    def __init__(self, task_sets):
        self.task_sets = task_sets

    def describe_services(self, cluster, services):
        assert (cluster, services) == ("shop-prod", ["checkout"])
        if isinstance(self.task_sets, Exception):
            raise self.task_sets
        return {"services": [{"desiredCount": self.task_sets[-1]["desiredCount"]}]}


class Elb:
    """Health states of the groups, one list per look; the last stays."""

    def __init__(self, **states):
        self.states = states

    def describe_target_groups(self, Names):
        return {"TargetGroups": [{"TargetGroupArn": Names[0]}]}

    def describe_listeners(self, ListenerArns):
        assert ListenerArns == ["arn:test"]
        groups = [{"TargetGroupArn": "tg_blue", "Weight": 0}, {"TargetGroupArn": "tg_green", "Weight": 100}]
        return {"Listeners": [{"DefaultActions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]}]}

    def describe_rules(self, RuleArns):
        assert RuleArns == ["arn:test-rule"]
        groups = [{"TargetGroupArn": "tg_blue", "Weight": 0}, {"TargetGroupArn": "tg_green", "Weight": 100}]
        return {"Rules": [{"Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]}]}

    def describe_target_health(self, TargetGroupArn):
        looks = self.states[TargetGroupArn]
        states = looks.pop(0) if len(looks) > 1 else looks[0]
        return {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}} for state in states]}


class Site(http.server.BaseHTTPRequestHandler):
    answers, asked = [], []

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.asked.append((self.command, self.path, self.headers["Host"], body))
        status, text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_GET

    def log_message(self, *arguments):
        pass


def green(desired=2, **more):
    return [
        {"taskSetLabel": "Blue", "targetGroup": {"name": "tg_blue"}, "desiredCount": 2},
        {"taskSetLabel": "Green", "targetGroup": {"name": "tg_green"}, "desiredCount": desired, **more},
    ]


def check(**more):
    return {
        "name": "health", "method": "GET", "path": "/health?x=1", "headers": {}, "body": "", "status": 200,
        "within_ms": 800, **more,
    }


class Hook(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        Site.answers, Site.asked = [(200, '{"ok": true, "n": {"a": 1, "b": 2}}')], []

    def run_hook(self, task_sets, elb, checks=(), seconds=300, scheme="http"):
        codedeploy = CodeDeploy(task_sets)
        boto3 = types.SimpleNamespace(client=lambda name: {"codedeploy": codedeploy, "elbv2": elb}[name])
        sys.modules["boto3"] = boto3
        hook = types.ModuleType("hook")
        exec(compile(HOOK.read_text(), str(HOOK), "exec"), hook.__dict__)
        self.clock = hook.time = Clock()
        os.environ.update(
            TARGET="shop-prod:checkout",
            TEST_LISTENER="arn:test",
            TEST_URL=f"{scheme}://127.0.0.1:{self.server.server_port}",
            CHECKS=json.dumps(list(checks)),
        )
        context = types.SimpleNamespace(get_remaining_time_in_millis=lambda: seconds * 1000)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            hook.handler({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"}, context)
        self.log = out.getvalue()
        (report,) = codedeploy.reports
        self.assertEqual((report["deploymentId"], report["lifecycleEventHookExecutionId"]), ("d-1", "e-1"))
        return report["status"]

    def test_waits_until_all_are_healthy(self):
        looks = [[], ["initial", "healthy"], ["healthy", "healthy", "draining"]]
        self.assertEqual(self.run_hook(green(), Elb(tg_green=looks), [check()]), "Succeeded")
        self.assertEqual(self.clock.now, 10)
        self.assertEqual(self.log.splitlines()[0], "ok: 2 of 2 targets are healthy")
        self.assertRegex(self.log.splitlines()[1], r"^ok: health status 200 in \d+ ms$")
        self.assertEqual(Site.asked[0][:2], ("GET", "/health?x=1"))

    def test_fewer_than_wanted_is_a_failure_in_time(self):
        self.assertEqual(self.run_hook(green(3), Elb(tg_green=[["healthy", "healthy"]]), seconds=100), "Failed")
        self.assertIn("FAILED: TimeoutError 2 of 3 targets are healthy", self.log)
        self.assertLess(self.clock.now, 100)

    def test_more_than_wanted_but_one_sick_is_a_failure(self):
        looks = [["healthy", "healthy", "unhealthy"]]
        self.assertEqual(self.run_hook(green(2), Elb(tg_green=looks)), "Failed")

    def test_no_target_is_a_failure_unless_none_is_wanted(self):
        self.assertEqual(self.run_hook(green(1), Elb(tg_green=[[]])), "Failed")
        self.assertEqual(self.run_hook(green(0), Elb(tg_green=[[]]), [check()]), "Succeeded")
        self.assertEqual(Site.asked, [])

    def test_finds_green_by_the_test_listener(self):
        for task_sets in [], [{"taskSetLabel": "Green"}]:
            self.assertEqual(self.run_hook(task_sets, Elb(tg_green=[["healthy"]])), "Succeeded")

    def test_any_error_is_reported(self):
        self.assertEqual(self.run_hook(RuntimeError("denied"), Elb()), "Failed")
        self.assertIn("FAILED: RuntimeError denied", self.log)

    def healthy(self, *checks, **more):
        return self.run_hook(green(1), Elb(tg_green=[["healthy"]]), checks, **more)

    def test_tries_three_times(self):
        Site.answers = [(503, ""), (503, ""), (200, "")]
        self.assertEqual(self.healthy(check()), "Succeeded")
        self.assertEqual(len(Site.asked), 3)
        Site.answers, Site.asked[:] = [(503, "")], []
        self.assertEqual(self.healthy(check(), check(name="never")), "Failed")
        self.assertEqual(len(Site.asked), 3)

    def test_a_redirect_is_an_answer(self):
        Site.answers = [(301, "")]
        self.assertEqual(self.healthy(check(status=301)), "Succeeded")

    def test_sends_headers_and_body(self):
        sent = check(method="POST", body='{"a": "\u00e9"}', headers={"Host": "shop.example.com"})
        self.assertEqual(self.healthy(sent), "Succeeded")
        self.assertEqual(Site.asked[0], ("POST", "/health?x=1", "shop.example.com", '{"a": "\u00e9"}'))

    def test_json_is_compared_by_what_is_wanted(self):
        self.assertEqual(self.healthy(check(json={"ok": True, "n": {"a": 1}})), "Succeeded")
        for wanted in {"ok": False}, {"gone": 1}, {"n": {"a": {"deeper": 1}}}, [1]:
            self.assertEqual(self.healthy(check(json=wanted)), "Failed")
            self.assertNotIn('"n"', self.log)
        Site.answers = [(200, "secret text")]
        self.assertEqual(self.healthy(check(json={})), "Failed")
        self.assertNotIn("secret", self.log)

    def test_a_slow_or_silent_site_is_a_failure(self):
        self.assertEqual(self.healthy(check(within_ms=-1)), "Failed")
        self.server.shutdown()
        self.assertEqual(self.healthy(check(within_ms=200)), "Failed")

    @unittest.skipUnless(shutil.which("openssl"), "openssl makes the certificate")
    def test_a_certificate_of_another_name_will_do(self):
        with tempfile.TemporaryDirectory() as folder:
            key, cert = f"{folder}/key", f"{folder}/cert"
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert,
                 "-subj", "/CN=shop.example.com"],
                check=True, capture_output=True,
            )
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(cert, key)
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.assertEqual(self.healthy(check(), scheme="https"), "Succeeded")


class EcsHook(Hook):
    """The same, asked by ECS: it finds the new version by the rule of test traffic, and answers by what it returns."""

    def run_hook(self, task_sets, elb, checks=(), seconds=300, scheme="http"):
        clients = {"ecs": Ecs(task_sets), "elbv2": elb}
        sys.modules["boto3"] = types.SimpleNamespace(client=lambda name: clients[name])
        hook = types.ModuleType("hook")
        exec(compile(ECS_HOOK.read_text(), str(ECS_HOOK), "exec"), hook.__dict__)
        self.clock = hook.time = Clock()
        os.environ.update(
            TARGET="shop-prod:checkout",
            TEST_RULE="arn:test-rule",
            TEST_URL=f"{scheme}://127.0.0.1:{self.server.server_port}",
            CHECKS=json.dumps(list(checks)),
        )
        context = types.SimpleNamespace(get_remaining_time_in_millis=lambda: seconds * 1000)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            answer = hook.handler({}, context)
        self.log = out.getvalue()
        return {"SUCCEEDED": "Succeeded", "FAILED": "Failed"}[answer["hookStatus"]]

    def test_finds_green_by_the_test_listener(self):
        self.assertEqual(self.run_hook(green(1), Elb(tg_green=[["healthy"]], tg_blue=[[]])), "Succeeded")
        self.assertEqual(self.run_hook(green(1), Elb(tg_green=[[]], tg_blue=[["healthy"]])), "Failed")


unittest.main()
