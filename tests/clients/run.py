#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Official clients do the same directly and through Fairway.

Each client does what programs do and prints a transcript: what it asked, what
came back, of which type the errors were.  It runs once directly and once
through Fairway, over each protocol that it speaks; the two transcripts must
be equal byte for byte once uids, dates and resource versions are masked.

    run.py                      against kubesim
    run.py --kubeconfig FILE    against that cluster
    run.py --only go --only python
    run.py --kubeconfig FILE --node NODE
                                pods run on that Node: exec must answer

What cannot be installed is skipped, with the reason; --require makes that a
failure.  The transcripts stay in the build folder, tests/clients/transcripts.
"""

import argparse
import difflib
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
sys.dont_write_bytecode = True

import harness  # noqa: E402
import install  # noqa: E402

SKIPPED = 77
LIMIT = 900  # s, for one of them; beside other tests, and behind them
H2 = "TLS, HTTP/2"
H1 = "TLS, HTTP/1.1"
CLEARTEXT = "cleartext"

# What a client without TLS needs: client-go sends no token there.
CONFIG = """apiVersion: fairway.dev/v1alpha1
kind: Configuration
cleartext: { address: "127.0.0.1:0", credentials: Own }
"""
PLAIN_KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{{name: plain, cluster: {{server: "http://{address}",
    insecure-skip-tls-verify: true}}}}]
users: [{{name: plain, user: {{}}}}]
contexts: [{{name: plain, context: {{cluster: plain, user: plain}}}}]
current-context: plain
"""

# kubesim: whom to deny everything, and what a cluster would have long since
# forgotten.
NOBODY = {"user": "fairway-test-nobody"}

MASKS = [(re.compile(pattern), mask) for pattern, mask in [
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID"),
    (r"\d{4}-\d{2}-\d{2}[T ][0-9:.]+(Z|[+-]\d{2}:?\d{2})", "DATE"),
    (r"(resourceVersion\\?['\"]?: ?\\?['\"])\d+", r"\1VERSION"),
    (r"too old resource version: \d+ \(\d+\)", "too old resource version"),
    (r"(continue\\?['\"]: ?\\?['\"])[^'\"\\]+", r"\1TOKEN"),
    (r"\"\d+[smhd]\"", "\"AGE\""),
    (r"(?im)^x-fairway-.*\n", ""),
    # What Python's client says of a refused upgrade.
    (r"(?i), 'x-fairway-[^']+': '[^']*'", ""),
    (r"(?i)('date': )'[^']*'", r"\1'MASKED'"),
    # Each hop's own: Fairway ends a connection whose upgrade was refused.
    (r"(?i), 'connection': 'close'", ""),
    (r"(?im)^(date|audit-id): .*", r"\1 MASKED"),
]]


class Server:
    """Where a leg goes: a kubeconfig and how it is used."""

    def __init__(self, kubeconfig, context=None):
        self.kubeconfig = kubeconfig
        self.context = context
        text = pathlib.Path(kubeconfig).read_text()
        self.addresses = re.findall(r"server: \"?(https?://[^\s\"/]+)", text)


class Client:
    """A program in some language.  Its folder has the same name."""

    def __init__(self, name, language, make, protocols, options=()):
        self.name = name
        self.language = language
        self.make = make  # the command, once it is installed
        self.protocols = protocols
        self.options = options

    def run(self, command, server, namespace, protocol, node):
        """Its transcript."""
        command = [*command, *self.options,
                   "--kubeconfig", server.kubeconfig,
                   "--namespace", namespace]
        if server.context:
            command += ["--context", server.context]
        if node:
            command += ["--node", node]
        env = {name: value for name, value in os.environ.items()
               if not name.lower().endswith("_proxy")}
        env.pop("KUBECONFIG", None)
        if protocol == H1:
            env["DISABLE_HTTP2"] = "1"  # of client-go
        with tempfile.TemporaryFile() as errors:
            try:
                done = subprocess.run([str(word) for word in command],
                                      stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=errors,
                                      env=env, timeout=LIMIT, check=False)
                out, status = done.stdout, done.returncode
            except subprocess.TimeoutExpired as late:
                out, status = late.stdout or b"", "none: it took too long"
            errors.seek(0)
            said = errors.read().decode(errors="replace")
        text = out.decode(errors="replace")
        if status != 0:
            text += f"!! status {status}\n{said}"
        return mask(text, server, namespace)


CLIENTS = [
    Client("Go, JSON", "go", install.go, (H2, H1, CLEARTEXT)),
    Client("Go, protobuf", "go", install.go, (H2, H1, CLEARTEXT),
           ("--protobuf",)),
    Client("Python", "python", install.python, (H1, CLEARTEXT)),
    Client("JavaScript", "javascript", install.javascript,
           (H1, CLEARTEXT)),
    Client("Java, JDK's HTTP", "java", install.java, (H2, H1, CLEARTEXT),
           ("--http", "jdk")),
    Client("Java, Vert.x", "java", install.java, (H1, CLEARTEXT),
           ("--http", "vertx")),
]


def mask(text, server, namespace):
    text = text.replace(namespace, "NAMESPACE")
    for address in server.addresses:
        text = text.replace(address, "SERVER")
        text = text.replace(address.split("://")[1], "SERVER")
    text = text.replace(str(server.kubeconfig), "KUBECONFIG")
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return text


def without(text, section):
    """A transcript without one of its sections."""
    return re.sub(rf"(?ms)^# {section}$.*?(?=^# |\Z)", "", text)


class Kubectl:
    """tests/e2e/kubectl-same.sh, and test_kubectl_exec.py before kubesim, with
    a kubectl of a pinned version."""

    name = language = "kubectl"

    def do(self, run):
        try:
            program = install.go_program("kubectl")
        except install.Missing as missing:
            run.miss(self, missing)
            return
        script = HERE.parent / "e2e/kubectl-same.sh"
        target = [run.args.kubeconfig, run.args.context] \
            if run.args.kubeconfig else []
        for protocol in H2, H1, CLEARTEXT:
            env = {**os.environ, "KUBECTL": str(program)}
            if protocol != H2:
                env["DISABLE_HTTP2"] = "1"
            if protocol == CLEARTEXT:
                env["CLEARTEXT"] = "yes"
            self.call(run, protocol, [script, *target], env)
        if not target:
            self.call(run, "exec, attach, cp, port-forward, logs -f",
                      [HERE.parent / "e2e/test_kubectl_exec.py"],
                      {**os.environ, "KUBECTL": str(program)})

    def call(self, run, what, command, env):
        done = subprocess.run(
            [str(word) for word in command], env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=LIMIT, check=False)
        said = done.stdout.decode(errors="replace").splitlines()
        what = f"{self.name}: {what}"
        if done.returncode == 0:
            run.succeed(what, said[-1] if said else "")
        elif done.returncode == SKIPPED:
            run.skip(what, said[-1] if said else "")
        else:
            run.fail(what, "\n  ".join(said[-60:]))


class Run:
    """What was compared, and what became of it."""

    def __init__(self, direct, fairways, args):
        self.direct = direct
        self.fairways = fairways  # by protocol
        self.args = args
        self.out = harness.BUILD / "tests/clients/transcripts"
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        self.id = secrets.token_hex(4)
        self.legs = 0
        self.passed = 0
        self.failed = 0
        self.skipped = []
        self.before_leg = lambda namespace: None

    def leg(self, client, command, server, protocol, side):
        self.legs += 1
        namespace = f"fairway-clients-{self.id}-{self.legs:03}"
        self.before_leg(namespace)
        text = client.run(command, server, namespace, protocol,
                          self.args.node)
        name = f"{client.name}-{protocol}-{side}.txt"
        path = self.out / re.sub(r"[ ,/]+", "-", name)
        path.write_text(text)
        return text

    def fail(self, what, why):
        self.failed += 1
        print(f"FAILED: {what}: {why}", flush=True)

    def skip(self, what, why):
        self.skipped.append(why)
        print(f"skipped: {what}: {why}", flush=True)

    def succeed(self, what, how):
        self.passed += 1
        print(f"ok: {what}: {how}", flush=True)

    def miss(self, client, why):
        if client.language in self.args.require:
            self.fail(client.name, why)
        else:
            self.skip(client.name, why)

    def do(self, client):
        try:
            command = client.make()
        except install.Missing as missing:
            self.miss(client, missing)
            return
        directly = {}
        for protocol in client.protocols:
            what = f"{client.name}: {protocol}"
            # Cleartext is a matter between the client and Fairway.
            alike = H1 if protocol == CLEARTEXT else protocol
            if alike not in directly:
                directly[alike] = self.leg(client, command, self.direct,
                                           alike, "direct")
            unexpected = re.findall(r"(?m)^!! .*", directly[alike])
            if unexpected:
                self.fail(what, f"directly: {unexpected[0]}")
                continue
            through = self.leg(client, command, self.fairways[protocol],
                               protocol, "fairway")
            self.compare(what, protocol, directly[alike], through)

    def compare(self, what, protocol, direct, through):
        # Whose credentials are Fairway's own cannot act for others.
        if protocol == CLEARTEXT or not self.args.impersonates:
            direct = without(direct, "impersonation")
            through = without(through, "impersonation")
        # The past may be forgotten between the two; never remembered again.
        if '"reason":"Expired"' not in direct:
            direct = without(direct, "expired")
            through = without(through, "expired")
        if self.args.direct_context:
            direct, through = (re.sub(r'User \\"[^"\\]+', "USER", text)
                               for text in (direct, through))
        if direct == through:
            steps = direct.count("\n== ")
            self.succeed(what, f"{steps} steps")
            return
        self.fail(what, "not as directly")
        lines = difflib.unified_diff(direct.splitlines(),
                                     through.splitlines(), "directly",
                                     "through Fairway", lineterm="")
        for _, line in zip(range(100), lines):
            print("  " + line[:300])

    def close(self):
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped}")
        if self.failed:
            return 1
        return 0 if self.passed else SKIPPED


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kubeconfig", type=pathlib.Path)
    parser.add_argument("--context")
    parser.add_argument("--direct-context",
                        help="of the leg past Fairway (default: the same)")
    parser.add_argument("--only", action="append", default=[],
                        help="one language; may be repeated")
    parser.add_argument("--require", action="append", default=[],
                        help="a language whose absence is a failure")
    parser.add_argument("--node",
                        help="a Node whose kubelet is kubelet-stub")
    args = parser.parse_args()
    args.impersonates = True
    return args


def main():
    args = parse()
    with tempfile.TemporaryDirectory(prefix="fairway-clients.") as folder:
        return work(args, pathlib.Path(folder))


def prepare(sim, namespace):
    """What a cluster has that goes on by itself: little past, and logs."""
    sim.admin("POST", "/compact")
    sim.admin("POST", "/logs", {
        "namespace": namespace, "pod": "x", "container": "main",
        "lines": [f"line {i}" for i in range(1, 6)]})


def work(args, tmp):
    sim = None
    processes = []
    if args.kubeconfig:
        kubeconfig = args.kubeconfig.resolve()
        args.context = args.context or re.search(
            r"(?m)^current-context: *\"?([^\s\"]+)",
            kubeconfig.read_text()).group(1)
    else:
        (tmp / "sim").mkdir()
        sim = harness.Kubesim(tmp / "sim")
        processes.append(sim)
        sim.admin("POST", "/denials", NOBODY)
        args.node = "somewhere"
        kubeconfig = sim.kubeconfig
        args.context = args.context or "argo"
    try:
        (tmp / "fairway.yaml").write_text(CONFIG)
        fairway = harness.Fairway(tmp / "fw", kubeconfig, "--config",
                                  tmp / "fairway.yaml",
                                  context=args.context)
        processes.append(fairway)
        args.impersonates = fairway.certificate is None
        plain = tmp / "plain"
        plain.write_text(PLAIN_KUBECONFIG.format(address=fairway.wait_line(
            r"listening.* cleartext=(\S+)").group(1)))
        run = Run(Server(kubeconfig, args.direct_context or args.context),
                  {H2: Server(fairway.kubeconfig),
                   H1: Server(fairway.kubeconfig),
                   CLEARTEXT: Server(plain)}, args)
        if sim:
            run.before_leg = lambda namespace: prepare(sim, namespace)
        if not args.only or "kubectl" in args.only:
            Kubectl().do(run)
        for client in CLIENTS:
            if not args.only or client.language in args.only:
                run.do(client)
        return run.close()
    finally:
        for process in reversed(processes):
            process.stop()


if __name__ == "__main__":
    sys.exit(main())
