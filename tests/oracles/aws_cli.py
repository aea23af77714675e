"""The AWS CLI, started once: its own code in a process forked for each command.

Starting the AWS CLI takes four times as long as what a command then does, and a test of a rendered script starts it some hundred
times. So `serve` imports it and reads the models of the services that scripts ask most; the program `aws`, which is `call`, hands
over its arguments, environment, folder and open files, and ends the way the forked process does. When either end goes away, so
does the command.
"""

import gc
import io
import json
import os
import signal
import socket
import struct
import sys
import threading
import time

# Read ahead; any other service is read when it is asked for.
SERVICES = ["cloudformation", "cloudwatch", "codedeploy", "ecr", "ecs", "elbv2", "sts"]

LENGTH = struct.Struct("!Q")


def receive(connection, size):
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def call(path, arguments):
    """Has a command run; its exit code."""
    request = json.dumps({"arguments": arguments, "environment": dict(os.environ), "folder": os.getcwd()}).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [LENGTH.pack(len(request))], [0, 1, 2])
        connection.sendall(request)
        try:
            return receive(connection, 1)[0]
        except EOFError:
            print("aws: the process that ran this command is gone", file=sys.stderr)
            return 255
        except KeyboardInterrupt:
            return 128 + signal.SIGINT


def ends_with(connection):
    """Ends this process when whoever called is gone."""
    if not connection.recv(1):
        os._exit(128 + signal.SIGTERM)


def text(number, mode):
    return io.TextIOWrapper(open(number, mode + "b", closefd=False), encoding="utf-8", line_buffering=mode == "w")


def run(connection, driver):
    """A command, in the process forked for it; its exit code."""
    head, files, _, _ = socket.recv_fds(connection, LENGTH.size, 3)
    head += receive(connection, LENGTH.size - len(head))
    request = json.loads(receive(connection, LENGTH.unpack(head)[0]))
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout, sys.stderr = text(0, "r"), text(1, "w"), text(2, "w")
    os.chdir(request["folder"])
    # The session reads variables when it needs them, from this very mapping.
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    threading.Thread(target=ends_with, args=(connection,), daemon=True).start()
    sys.argv = ["aws", *request["arguments"]]
    try:
        code = driver.main(request["arguments"])
    except SystemExit as end:
        code = end.code
    code = code if isinstance(code, int) else int(code is not None)
    sys.stdout.flush()
    sys.stderr.flush()
    return code & 0xFF


def warm():
    """The AWS CLI with all that does not depend on a command."""
    import awscli.clidriver

    driver = awscli.clidriver.create_clidriver()
    loader = driver.session.get_component("data_loader")
    for service in SERVICES:
        for kind in ["service-2", "endpoint-rule-set-1", "paginators-1", "waiters-2"]:
            try:
                loader.load_service_model(service, kind)
            except Exception:  # not every service has each
                continue
    gc.collect()
    gc.freeze()
    return driver


def serve(path, parent):
    """Runs commands until the process that started this one is gone."""
    with socket.socket(socket.AF_UNIX) as listener:
        # Under another name until it listens: whoever finds it may connect.
        listener.bind(path + ".new")
        listener.listen(64)
        os.rename(path + ".new", path)
        driver = warm()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        listener.settimeout(1)
        while os.getppid() == parent:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                code = 255
                try:
                    listener.close()
                    connection.setblocking(True)
                    code = run(connection, driver)
                except EOFError:
                    pass
                finally:
                    try:
                        connection.sendall(bytes([code]))
                    except OSError:
                        pass
                    os._exit(code)
            connection.close()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], os.getppid())
    else:
        sys.exit(call(sys.argv[2], sys.argv[3:]))
