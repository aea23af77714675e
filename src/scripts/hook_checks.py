def wait_for_health(elb, group, desired, end):
    while True:
        targets = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        states = [target["TargetHealth"]["State"] for target in targets]
        healthy, wanted = states.count("healthy"), len(states) - states.count("draining")
        seen = f"{healthy} of {max(wanted, desired)} targets are healthy"
        if healthy >= max(wanted, desired):
            return print("ok:", seen)
        if time.monotonic() + 5 > end:
            raise TimeoutError(seen)
        time.sleep(5)


def run(check, end):
    for pause in 0, 2, 4:
        time.sleep(pause)
        try:
            good, seen = request(check, min(end - time.monotonic(), check["within_ms"] / 1000))
        except Exception as error:  # no answer, or no JSON
            good, seen = False, type(error).__name__
        print("ok:" if good else "FAILED:", check["name"], seen)
        if good:
            return
    raise AssertionError(check["name"])


def request(check, timeout):
    scheme, host = os.environ["TEST_URL"].split("://")
    http = HTTPConnection(host, timeout=timeout)
    if scheme == "https":
        http = HTTPSConnection(host, timeout=timeout, context=TLS)
    start = time.monotonic()
    http.request(check["method"], check["path"], check["body"].encode() or None, check["headers"])
    answer = http.getresponse()
    text = answer.read()
    took = round((time.monotonic() - start) * 1000)
    fits = "json" not in check or holds(json.loads(text), check["json"])
    good = fits and answer.status == check["status"] and took <= check["within_ms"]
    return good, f"status {answer.status} in {took} ms{'' if fits else ', other JSON'}"


def holds(found, wanted):
    """Equal, or an object with at least these keys."""
    if isinstance(wanted, dict):
        return all(key in found and holds(found[key], wanted[key]) for key in wanted)
    return found == wanted
