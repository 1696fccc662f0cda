#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The real workflow-controller of Argo, with Fairway and without, while
things go wrong: make check-argo.

    argo.py --kubeconfig FILE --controller PROGRAM [OPTION...]

On a kube-apiserver whose data nobody needs, workflows run whose pods nobody
runs (../clients/pod-stub says that they do), while the controller's account
floods the API server with wide LISTs, the API server stands still, and the
controller and Fairway are killed (story.py).  Then `fairway sweep`.  A leg is
one way to do it:

    direct    the controller talks to the API server
    defaults  … with Argo's own limits: --qps 20, four workers for pods
    fairway   through Fairway

The table goes to standard output; --out has everything, result.json too.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = str(HERE), str(HERE.parent / "e2e")

import figures  # noqa: E402
from api import Api, Refused  # noqa: E402
from containers import Container  # noqa: E402
from observers import Answers, Lease  # noqa: E402
from story import Story  # noqa: E402
from world import World, install_crds  # noqa: E402

BUILD = pathlib.Path(os.environ.get("top_builddir", ".")).resolve()
FAIRWAY = pathlib.Path(os.environ.get("FAIRWAY", BUILD / "fairway"))
LEGS = "direct", "defaults", "fairway"
TESTS = HERE.parent
SETTLED = 60  # s without a change: what a controller forgot when it ended stays


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def build(folder):
    """The load and the stub; Go keeps what it has built."""
    for name, source, package in (("flood", "bench/flood", "."),
                                  ("pod-stub", "clients", "./pod-stub")):
        subprocess.run(["go", "build", "-o", folder / name, package],
                       cwd=TESTS / source, check=True)


def free_ports(count):
    """That nobody listens on: below those that connections get."""
    sockets = []
    try:
        for port in range(20000 + os.getpid() % 5000, 30000):
            if len(sockets) == count:
                break
            probe = socket.socket()
            try:
                probe.bind(("127.0.0.1", port))
                sockets.append(probe)
            except OSError:
                probe.close()
        return [probe.getsockname()[1] for probe in sockets]
    finally:
        for probe in sockets:
            probe.close()


class Leg:
    def __init__(self, args, name):
        self.args = args
        self.name = name
        self.folder = args.out / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.space = f"fairway-argo-{os.getpid()}-{name}"
        self.ports = free_ports(3)
        self.admin = Api(args.kubeconfig, args.admin_context, user=None)
        self.api = Api(args.kubeconfig, args.admin_context)
        self.world = World(self.admin, self.api, self.space)
        self.kubeconfig, self.context = args.kubeconfig, args.context
        self.programs = {}
        self.ledger = self.folder / "pods.json"

    # --- programs ----------------------------------------------------------

    def run(self, stack, name, command, env=None):
        program = Container(name, command, self.folder / f"{name}.log", env)
        program.log.write_bytes(b"")
        program.start()
        stack.callback(program.stop)
        self.programs[name] = program
        return program

    def start_fairway(self, stack):
        more = ["--config", self.args.config] if self.args.config else []
        state = self.folder / "state"
        self.run(stack, "fairway", [
            FAIRWAY, "serve", "--kubeconfig", self.args.kubeconfig,
            "--context", self.args.context, "--state-dir", state,
            "--listen", f"127.0.0.1:{self.ports[0]}",
            "--admin-listen", f"127.0.0.1:{self.ports[1]}", *more]
        ).wait_said("listening")
        self.kubeconfig, self.context = state / "kubeconfig", None

    def start_controller(self, stack):
        env = {name: value for name, value in os.environ.items()
               if name != "KUBECONFIG" and not name.startswith("ARGO")}
        env |= {"ARGO_POD_STATUS_CAPTURE_FINALIZER": "true",
                "LEADER_ELECTION_IDENTITY": "workflow-controller-0"}
        env |= dict(item.split("=", 1) for item in self.args.env)
        command = [self.args.controller, "--kubeconfig", self.kubeconfig,
                   "--namespace", self.space, "--namespaced",
                   "--executor-image", "none"]
        if self.context:
            command += ["--context", self.context]
        if self.name != "defaults":
            command += ["--qps=-1", "--pod-cleanup-workers=32"]
        self.run(stack, "controller", command, env)

    def start_stub(self, stack):
        self.run(stack, "stub", [
            self.args.out / "pod-stub", "--kubeconfig", self.args.kubeconfig,
            "--context", self.args.admin_context, "--namespace", self.space,
            "--ledger", self.ledger, "--delete-share",
            self.args.delete_share]).wait_said("ready\n")

    def start_lists(self, stack):
        command = [self.args.out / "flood", "lists",
                   "--direct", self.args.kubeconfig,
                   "--setup-context", self.args.context,
                   "--lists", self.args.lists]
        if self.context is None:
            command += ["--to", self.kubeconfig]
        else:
            command += ["--context", self.context]
        self.run(stack, "lists", command).wait_said("ready\n", 180)

    # --- what happens ------------------------------------------------------

    def play(self):
        """Its figures."""
        say(f"leg {self.name}: namespace {self.space}")
        self.world.make(self.ports[2])
        result = {}
        with contextlib.ExitStack() as stack:
            if not self.args.keep:
                stack.callback(self.clear)
            stack.callback(self.admin.close)
            if self.name == "fairway":
                self.start_fairway(stack)
            self.start_stub(stack)
            self.start_controller(stack)
            if self.args.lists:
                self.start_lists(stack)
            lease = Lease(Api(self.args.kubeconfig, self.args.admin_context),
                          self.space)
            stack.callback(lease.stop)
            answers = Answers(self.ports[2])
            stack.callback(answers.stop)
            before = self.server_metrics()
            since = time.monotonic()
            result["took"] = round(self.drive(since), 1)
            if self.args.lists:
                self.programs["lists"].stop()
                result |= self.lists_done()
            lease.stop()
            answers.stop()
            result |= {key: round(count - before[key]) for key, count
                       in self.server_metrics().items()}
            result |= self.judge(lease, answers)
            result["held_before"] = len(self.world.held_pods())
            result["sweep"] = self.sweep()
            result["held_after"] = len(self.world.held_pods())
        return result

    def drive(self, since):
        """Submits, plays the story, and waits until all is done, or nothing
        moves any more; the seconds until the last that moved."""
        args = self.args
        story = Story(self.programs if args.faults else {},
                      args.apiserver_pid if args.faults else None, say)
        submitted, asked, is_done = 0, time.monotonic(), False
        last, moved = None, since
        try:
            while not is_done:
                story.play(since)
                passed = time.monotonic() - since
                if passed > args.limit:
                    say("not all is done within the limit")
                    return passed
                due = args.workflows if passed >= args.submit_over else \
                    int(passed / args.submit_over * args.workflows) + 1
                if submitted < due and not story.is_stopped:
                    submitted += self.submit(submitted)
                    continue
                time.sleep(0.2)
                if time.monotonic() - asked > 10 and not story.is_stopped:
                    asked = time.monotonic()
                    seen = self.look(submitted)
                    if seen != last:
                        last, moved = seen, asked
                    is_done = seen and not story.steps and (
                        " held=0 " in seen or asked - moved > SETTLED)
        finally:
            story.end()
        return moved - since

    def submit(self, number):
        args = self.args
        try:
            self.world.submit(number, args.pods, args.parallel,
                              args.delete_delay)
        except OSError:
            return 0
        except Refused as refused:
            return int(refused.status == 409)  # the answer was lost
        return 1

    def look(self, submitted):
        """Says how far it is; what the pods' stub says when all workflows
        are done, None before."""
        try:
            unfinished = self.world.unfinished()
        except (OSError, Refused) as error:
            say(f"cannot look: {error}")
            return None
        progress = self.programs["stub"].last_line()
        say(f"workflows={submitted} unfinished={unfinished} {progress}")
        if submitted < self.args.workflows or unfinished:
            return None
        return progress

    # --- what became of it -------------------------------------------------

    def server_metrics(self):
        return figures.server_metrics(
            self.admin.ask("GET", "/metrics").decode())

    def lists_done(self):
        words = dict(word.split("=") for word in
                     self.programs["lists"].last_line().split()
                     if "=" in word)
        return {"lists": int(words.get("lists", 0)),
                "lists_429": int(words.get("answers_429", 0))}

    def judge(self, lease, answers):
        self.programs["stub"].stop()
        if self.programs["stub"].exits:
            raise RuntimeError(f"the stub ended; see {self.folder}")
        ledger = json.loads(self.ledger.read_text())
        workflows = self.world.workflows()
        (self.folder / "workflows.json").write_text(json.dumps(workflows))
        gaps = lease.gaps(15)
        result = figures.summary(ledger, workflows, time.time() * 1000)
        result |= {"lease_holders": len(set(lease.holders)),
                   "lease_gaps": len(gaps),
                   "lease_longest": max((gap for _, gap in lease.gaps(0)),
                                        default=None),
                   "unhealthy": answers.unhealthy}
        counts = answers.total()
        result |= figures.controller_answers(counts)
        result["controller_answers"] = [
            [*key, round(count)] for key, count in sorted(
                counts.items(), key=lambda item: -item[1])]
        for name in "controller", "fairway":
            if name in self.programs:
                result[f"{name}_kills"] = self.programs[name].kills
                result[f"{name}_exits"] = len(self.programs[name].exits)
        return result

    def sweep(self):
        command = [FAIRWAY, "sweep", "--apply", "-o", "json", "-n",
                   self.space, "--kubeconfig", self.kubeconfig,
                   "--proofs", "labelled,gone,finished",
                   "--settled-for", "10s", "--finished-for", "10s",
                   "--sightings", "1",
                   "--max-removals", "100000", "--max-per-namespace",
                   "100000", "--max-share", "100", "--qps", "50"]
        if self.context:
            command += ["--context", self.context]
        with open(self.folder / "sweep.log", "wb") as log:
            done = subprocess.run(
                [str(word) for word in command], stdout=subprocess.PIPE,
                stderr=log, stdin=subprocess.DEVNULL, check=False,
                timeout=1800)
        (self.folder / "sweep.json").write_bytes(done.stdout)
        if done.returncode:
            say(f"the sweep did not come to its end; see {self.folder}")
        try:
            report = json.loads(done.stdout)
        except json.JSONDecodeError:
            return None
        return {key: report.get(key) for key in
                ("objects", "removed", "kept", "error")}

    def clear(self):
        try:
            self.world.remove()
        except (OSError, Refused) as error:
            say(f"{self.space} could not be cleared: {error}")


def versions(args):
    """Of what was measured."""
    def said(*command):
        done = subprocess.run([str(word) for word in command], check=False,
                              stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL)
        return (done.stdout.splitlines() or ["?"])[0]

    api = Api(args.kubeconfig, args.admin_context)
    with contextlib.closing(api):
        server = json.loads(api.ask("GET", "/version"))["gitVersion"]
    return {"controller": said(args.controller, "version", "--short"),
            "server": server, "fairway": said(FAIRWAY, "version"),
            "cores": os.cpu_count(), "system": platform.platform()}


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kubeconfig", required=True, type=pathlib.Path)
    parser.add_argument("--context", default="argo", help="the controller's "
                        "account: it has a token and may do all in a "
                        "namespace; also whose LISTs they are")
    parser.add_argument("--admin-context", default="admin", help="makes "
                        "namespaces and kinds, and may impersonate")
    parser.add_argument("--controller", required=True, type=pathlib.Path,
                        help="the program workflow-controller")
    parser.add_argument("--crds", help="a folder with Argo's own; without "
                        "it those kinds take any object")
    parser.add_argument("--apiserver-pid", type=int, help="stands still for "
                        "30 s twice; without it, it does not")
    parser.add_argument("--env", action="append", default=[],
                        metavar="NAME=VALUE", help="of the controller")
    parser.add_argument("--config", type=pathlib.Path, help="of Fairway")
    parser.add_argument("--legs", default="direct,fairway",
                        help=",".join(LEGS))
    parser.add_argument("--workflows", type=int, default=200)
    parser.add_argument("--pods", type=int, default=20, help="of each")
    parser.add_argument("--parallel", type=int, default=5,
                        help="… at a time")
    parser.add_argument("--submit-over", type=float, default=200, help="s")
    parser.add_argument("--delete-delay", default="1s", help="podGC's: what "
                        "is delayed is past Argo's ten a second")
    parser.add_argument("--delete-share", type=int, default=25, help="per "
                        "cent of the pods that somebody else deletes")
    parser.add_argument("--lists", type=int, default=80, help="at a time")
    parser.add_argument("--no-faults", dest="faults", action="store_false")
    parser.add_argument("--limit", type=float, default=1200, help="s for a "
                        "leg; what is not done then is counted")
    parser.add_argument("--keep", action="store_true",
                        help="leave the namespaces")
    parser.add_argument("--out", type=pathlib.Path)
    args = parser.parse_args()
    args.legs = args.legs.split(",")
    if not set(args.legs) <= set(LEGS):
        parser.error(f"--legs is of {','.join(LEGS)}")
    args.kubeconfig = args.kubeconfig.resolve()
    args.controller = args.controller.resolve()
    args.out = (args.out or pathlib.Path(
        tempfile.mkdtemp(prefix="fairway-argo."))).resolve()
    args.out.mkdir(parents=True, exist_ok=True)
    return args


def main():
    args = parse()
    build(args.out)
    install_crds(args.kubeconfig, args.admin_context, args.crds)
    results = {"versions": versions(args), "arguments": {
        key: str(value) for key, value in vars(args).items()}, "legs": {}}
    for name in args.legs:
        results["legs"][name] = Leg(args, name).play()
        (args.out / "result.json").write_text(json.dumps(results, indent=1))
    for key, value in results["versions"].items():
        print(f"{key}: {value}")
    print("\n" + figures.table(results["legs"]))
    for name, result in results["legs"].items():
        for key in "phases", "lost_as", "sweep":
            print(f"{name}: {key} {json.dumps(result.get(key))}")
    say(f"all of it is in {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
