#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a request costs: Fairway beside nghttpx and HAProxy.

All three stand before the same kubesim and are asked in alternation by h2load,
everything on one CPU, so that what a neighbour on the machine does hits each of
them alike.  Printed are medians over the rounds and ratios in the same round:

    CPU       user and system time of the proxy's process for each request
    calls     its system calls for each request (strace -c)
    instr     its instructions in user space for each request (callgrind)
    memory    proportional set size (PSS): at start and after the load

Fairway runs with its defaults: classification, lanes, gates and metrics on.
Only the ratios mean something; times drift with the machine.

Debian packages: nghttp2-client nghttp2-proxy haproxy strace valgrind python3
"""

import argparse
import base64
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

AGENT = ("workflow-controller/v0.0.0 (linux/amd64) kubernetes/$Format/"
         "argo-workflows/v4.1.2 argo-controller")
PATCH = b'{"metadata":{"finalizers":[],"resourceVersion":"%s"}}\n'
WINDOW = str(4 << 20)


class Scenario:
    """One kind of load: connections x streams, and what is asked."""

    def __init__(self, name, connections, streams, count, path, method="GET",
                 body=None, content_type=None):
        self.name, self.count, self.path = name, count, path
        self.method, self.body = method, body
        self.shape = ["-c", str(connections), "-m", str(streams)]
        self.content_type = content_type


def scenarios(work):
    pod = "/api/v1/namespaces/argo/pods/small-000000"
    cm = "/api/v1/namespaces/argo/configmaps/put-000000"
    merge = "application/merge-patch+json"
    patch = os.path.join(work, "patch.json")
    put = os.path.join(work, "put.json")
    return [
        Scenario("get1x1", 1, 1, 3000, pod),
        Scenario("get10x10", 10, 10, 20000, pod),
        Scenario("patch1x1", 1, 1, 3000, pod, "PATCH", patch, merge),
        Scenario("patch10x10", 10, 10, 12000, pod, "PATCH", patch, merge),
        Scenario("list10m", 1, 1, 24, "/api/v1/namespaces/noisy/pods"),
        Scenario("put1m", 1, 1, 60, cm, "PUT", put, "application/json"),
    ]


def wait_for(what, ready, seconds=20):
    """Asks again and again until the program says that it is ready."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = ready()
        if value:
            return value
        time.sleep(0.02)
    sys.exit(f"speed: {what} did not get ready")


class Proxy:
    """A program under measurement."""

    def __init__(self, name, command, port, env=None):
        self.name, self.command, self.env = name, command, env
        self.port = port  # a number, or a function that finds it
        self.process = None

    def start(self, pin=True, wrapper=()):
        prefix = ["taskset", "-c", "0"] if pin else []
        self.process = subprocess.Popen(
            prefix + list(wrapper) + self.command, env=self.env,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=False)
        os.set_blocking(self.process.stderr.fileno(), False)

    def find_port(self):
        return self.port() if callable(self.port) else self.port

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu_us(self):
        total = 0
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
        return total / 1000

    def pss_kib(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup") as f:
            return sum(int(m) for m in re.findall(r"^Pss:\s+(\d+)", f.read(),
                                                  re.M))


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = tempfile.mkdtemp(prefix="fairway-speed.")
        self.scenarios = [s for s in scenarios(self.work)
                          if not options.scenarios
                          or s.name in options.scenarios.split(",")]
        self.proxies = []
        self.headers = ["-H", f"user-agent: {AGENT}",
                        "-H", "accept: application/json"]
        self.token = "argo-token"

    # ---- what stands behind the proxies

    def start_kubesim(self):
        sim = os.path.join(self.work, "sim")
        os.mkdir(sim)
        if self.options.token == "long":
            self.token = base64.urlsafe_b64encode(os.urandom(690)).decode()
        command = ["taskset", "-c", "0",
                   os.path.join(self.options.build, "tests/kubesim/kubesim"),
                   "--dir", sim, "--max-streams", "1000",
                   "--token", f"{self.token}=bench;system:masters"]
        self.kubesim = subprocess.Popen(command, stdout=subprocess.PIPE,
                                        text=True)
        line = self.kubesim.stdout.readline()
        found = re.search(r"https://([\d.]+):(\d+) admin (\S+) kubeconfig (\S+)",
                          line)
        if not found:
            sys.exit(f"speed: kubesim said {line!r}")
        self.backend = f"127.0.0.1,{found[2]}"
        self.backend_port = int(found[2])
        self.admin, self.kubeconfig = found[3], found[4]
        self.sim_dir = sim
        self.headers += ["-H", f"authorization: Bearer {self.token}"]
        self.preload(resource="pods", namespace="argo", prefix="small-",
                     count=1, size=1500)
        self.preload(resource="configmaps", namespace="argo", prefix="put-",
                     count=1, size=1000)
        self.preload(resource="pods", namespace="noisy", prefix="list-",
                     count=5000, size=2000)
        self.write_bodies()

    def preload(self, **what):
        request = urllib.request.Request(self.admin + "/preload",
                                         json.dumps(what).encode())
        urllib.request.urlopen(request).read()

    def ask(self, path):
        # kubesim speaks HTTP/2 alone, Python does not.
        return json.loads(subprocess.run(
            ["curl", "-sS", "--http2", "--cacert", f"{self.sim_dir}/ca.crt",
             "-H", f"authorization: Bearer {self.token}",
             f"https://127.0.0.1:{self.backend_port}{path}"],
            check=True, capture_output=True).stdout)

    def write_bodies(self):
        pod = self.ask("/api/v1/namespaces/argo/pods/small-000000")
        version = pod["metadata"]["resourceVersion"].encode()
        with open(os.path.join(self.work, "patch.json"), "wb") as f:
            f.write(PATCH % version)  # changes nothing: always 200
        cm = self.ask("/api/v1/namespaces/argo/configmaps/put-000000")
        cm["data"] = {"x": "y" * (1 << 20)}
        for key in ("resourceVersion", "uid", "creationTimestamp"):
            cm["metadata"].pop(key, None)
        with open(os.path.join(self.work, "put.json"), "w") as f:
            json.dump(cm, f)

    # ---- the proxies

    def add_nghttpx(self):
        port = self.options.port
        self.proxies.append(Proxy("nghttpx", [
            "nghttpx", "--single-process", "--workers=1", "--no-ocsp",
            "--conf=/dev/null", f"--frontend=127.0.0.1,{port}",
            f"--backend={self.backend};;tls;proto=h2;sni=localhost",
            f"--cacert={self.sim_dir}/ca.crt", "--no-via",
            "--no-location-rewrite", "--no-server-rewrite",
            f"--backend-http2-window-size={WINDOW}",
            f"--backend-http2-connection-window-size={WINDOW}",
            f"--frontend-http2-window-size={WINDOW}",
            f"--frontend-http2-connection-window-size={WINDOW}",
            "--frontend-http2-max-concurrent-streams=1000",
            "--accesslog-file=/dev/null", "--errorlog-file=/dev/null",
            self.leaf_key, self.leaf_cert], port))

    def add_haproxy(self):
        port = self.options.port + 1
        pem = os.path.join(self.work, "haproxy.pem")
        with open(pem, "w") as f:
            for part in (self.leaf_cert, self.leaf_key):
                with open(part) as source:
                    f.write(source.read())
        config = os.path.join(self.work, "haproxy.cfg")
        with open(config, "w") as f:
            f.write(f"""global
  nbthread 1
  tune.h2.max-concurrent-streams 1000
  tune.h2.initial-window-size {WINDOW}
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend f
  bind 127.0.0.1:{port} ssl crt {pem} alpn h2
  default_backend b
backend b
  http-reuse always
  server s {self.backend.replace(",", ":")} ssl alpn h2 verify required ca-file {self.sim_dir}/ca.crt sni str(localhost) pool-max-conn -1
""")
        self.proxies.append(Proxy(
            "haproxy", ["haproxy", "-db", "-f", config], port))

    def add_fairway(self):
        state = os.path.join(self.work, "state")
        written = os.path.join(state, "kubeconfig")
        command = [os.path.join(self.options.build, "fairway"), "serve",
                   "--kubeconfig", self.kubeconfig, "--context", "argo",
                   "--state-dir", state, "--listen",
                   f"127.0.0.1:{self.options.port + 2}", "--admin-listen",
                   "127.0.0.1:0"]
        if self.options.config:
            command += ["--config", self.options.config]

        def port():
            if not os.path.exists(written):
                return None
            with open(written) as f:
                found = re.search(r"server: \"?https://[^:]+:(\d+)", f.read())
            return int(found[1]) if found else None
        self.proxies.append(Proxy("fairway", command, port))

    def make_leaf(self):
        """A leaf for the two peers, of a kind with Fairway's own: P-256."""
        self.leaf_key = os.path.join(self.work, "leaf.key")
        self.leaf_cert = os.path.join(self.work, "leaf.crt")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-keyout", self.leaf_key, "-out",
             self.leaf_cert], check=True, stderr=subprocess.DEVNULL)

    def start(self, proxy, seconds=20, **how):
        proxy.start(**how)
        port = wait_for(proxy.name, proxy.find_port, seconds)
        warm = self.scenarios[0]
        wait_for(proxy.name, lambda: self.load(port, warm, 1) == 1, seconds)
        return port

    # ---- measuring

    def load(self, port, scenario, count):
        """Sends `count` requests; returns how many were answered with 2xx."""
        command = ["taskset", "-c", "0", "h2load", "-n", str(count)]
        if count > 1:
            command += scenario.shape
        command += self.headers
        # The windows of a client that wants to read fast.
        command += ["-w", "22", "-W", "24"]
        if scenario.body:
            command += ["-H", f":method: {scenario.method}", "-d",
                        scenario.body]
        if scenario.content_type:
            command += ["-H", f"content-type: {scenario.content_type}"]
        out = subprocess.run(
            command + [f"https://127.0.0.1:{port}{scenario.path}"],
            capture_output=True, text=True).stdout
        found = re.search(r"status codes: (\d+) 2xx", out)
        return int(found[1]) if found else 0

    def count_of(self, scenario):
        return max(2, scenario.count // (4 if self.options.quick else 1))

    def measure_cpu(self):
        table = {}
        for scenario in self.scenarios:
            count = self.count_of(scenario)
            for _ in range(self.options.rounds):
                for proxy in self.proxies:
                    before = proxy.cpu_us()
                    good = self.load(proxy.find_port(), scenario, count)
                    used = proxy.cpu_us() - before
                    if good != count:
                        print(f"!! {proxy.name} {scenario.name}: {good} of "
                              f"{count} answered with 2xx")
                    table.setdefault((scenario.name, proxy.name), []).append(
                        used / max(good, 1))
        return table

    def measure_calls(self):
        table = {}
        out = os.path.join(self.work, "strace.txt")
        for scenario in self.scenarios:
            count = self.count_of(scenario) // 2
            for proxy in self.proxies:
                trace = subprocess.Popen(
                    ["strace", "-f", "-c", "-o", out, "-p",
                     str(proxy.process.pid)], stderr=subprocess.PIPE)
                trace.stderr.readline()  # "attached"
                good = self.load(proxy.find_port(), scenario, count)
                trace.send_signal(signal.SIGINT)
                trace.wait()
                with open(out) as f:
                    total = re.search(r"^100\.00\s+\S+\s+\d*\s+(\d+).*total",
                                      f.read(), re.M)
                table[scenario.name, proxy.name] = [
                    int(total[1]) / max(good, 1)] if total else []
        return table

    def instructions(self, proxy, port, pid, scenario, count):
        subprocess.run(["callgrind_control", "-z", str(pid)],
                       capture_output=True)
        good = self.load(port, scenario, count)
        subprocess.run(["callgrind_control", "-d", str(pid)],
                       capture_output=True)
        dumps = sorted((f for f in os.listdir(self.work)
                        if f.startswith(f"cg.{proxy.name}.")),
                       key=lambda f: os.path.getmtime(
                           os.path.join(self.work, f)))
        with open(os.path.join(self.work, dumps[-1])) as f:
            found = re.search(r"^(?:summary|totals): (\d+)", f.read(), re.M)
        return int(found[1]), good

    def unconfined(self, command):
        """valgrind makes code in the process that it runs."""
        text = "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"
        if self.options.config:
            with open(self.options.config) as file:
                text = file.read()
            command = command[:command.index("--config")]
        path = os.path.join(self.work, "unconfined.yaml")
        with open(path, "w") as file:
            file.write(f"{text}\nprocess: {{confinement: false}}\n")
        return [*command, "--config", path]

    def start_counting(self, proxy):
        """Under callgrind; returns its port."""
        if proxy.process:
            proxy.stop()
        if proxy.name == "fairway":
            proxy.command = self.unconfined(proxy.command)
        out = os.path.join(self.work, f"cg.{proxy.name}.%p")
        # It is fifty times as slow.
        return self.start(proxy, seconds=300, pin=False, wrapper=[
            "valgrind", "--quiet", "--tool=callgrind",
            f"--callgrind-out-file={out}"])

    def measure_instructions(self):
        """The difference of two loads, so that set-up does not count."""
        table = {}
        small = [s for s in self.scenarios if s.name not in
                 ("list10m", "put1m")]
        for proxy in self.proxies:
            port = self.start_counting(proxy)
            for scenario in small:
                few, n = self.instructions(proxy, port, proxy.process.pid,
                                           scenario, 1000)
                many, m = self.instructions(proxy, port, proxy.process.pid,
                                            scenario, 3000)
                table[scenario.name, proxy.name] = [
                    (many - few) / max(m - n, 1)]
        return table

    # ---- telling

    def tell(self, title, table, form):
        peers = [p.name for p in self.proxies if p.name != "fairway"]
        names = [p.name for p in self.proxies]
        print(f"\n{title}")
        print(f"{'':18}" + "".join(f"{n:>11}" for n in names)
              + "".join(f"{'/ ' + n:>11}" for n in peers))
        for scenario in self.scenarios:
            row = [table.get((scenario.name, n)) for n in names]
            if not all(row):
                continue
            line = f"{scenario.name:18}" + "".join(
                f"{form(statistics.median(values)):>11}" for values in row)
            own = table[scenario.name, "fairway"]
            for peer in peers:
                ratios = [a / b for a, b in zip(
                    own, table[scenario.name, peer]) if b]
                line += f"{statistics.median(ratios):>11.2f}"
            print(line)

    def run(self):
        self.start_kubesim()
        self.make_leaf()
        peers = self.options.peers.split(",")
        if "nghttpx" in peers:
            self.add_nghttpx()
        if "haproxy" in peers:
            self.add_haproxy()
        self.add_fairway()
        for proxy in self.proxies:
            self.start(proxy)
        memory = {p.name: [p.pss_kib()] for p in self.proxies}
        print(f"token: {self.options.token}; rounds: {self.options.rounds}; "
              "medians; the last columns are Fairway divided by the peer")
        self.tell("CPU time for each request, microseconds",
                  self.measure_cpu(), lambda v: f"{v:.2f}")
        for proxy in self.proxies:
            memory[proxy.name].append(proxy.pss_kib())
        if self.options.calls:
            self.tell("system calls for each request", self.measure_calls(),
                      lambda v: f"{v:.2f}")
        if self.options.instructions:
            self.tell("instructions in user space for each request",
                      self.measure_instructions(), lambda v: f"{v:.0f}")
        print("\nmemory, PSS in KiB: at start, after the load")
        for name, (start, end) in memory.items():
            print(f"{name:12}{start:>11}{end:>11}")

    def close(self):
        for proxy in self.proxies:
            if proxy.process and proxy.process.poll() is None:
                proxy.stop()
        if getattr(self, "kubesim", None):
            self.kubesim.terminate()
            self.kubesim.wait()
        if self.options.keep:
            print(f"kept: {self.work}")
        else:
            shutil.rmtree(self.work)


def main(kind, description):
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", default=os.environ.get("top_builddir", "."),
                        help="where fairway and tests/kubesim were built")
    parser.add_argument("--config", help="a configuration for fairway")
    parser.add_argument("--peers", default="nghttpx,haproxy")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scenarios", help="some of them, with commas")
    parser.add_argument("--token", choices=("short", "long"), default="short",
                        help="long: 920 bytes, as a service account's")
    parser.add_argument("--calls", action="store_true")
    parser.add_argument("--instructions", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--port", type=int, default=18441,
                        help="the first of three ports on 127.0.0.1")
    options = parser.parse_args()
    bench = kind(options)
    try:
        bench.run()
    finally:
        bench.close()


if __name__ == "__main__":
    main(Bench, __doc__)
