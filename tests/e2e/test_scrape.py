#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes Fairway: the dashboard's queries find something,
and the alerts' rules can be evaluated."""

import http.client
import json
import os
import pathlib
import shutil
import sys
import urllib.parse

import harness
from harness import MERGE_PATCH, POD_FINALIZER, pod, removal

if not shutil.which("prometheus"):
    print("prometheus is not installed")
    sys.exit(77)

MONITORING = (pathlib.Path(os.environ.get("top_srcdir", ".")) /
              "docs/monitoring").resolve()
CONFIG = """\
global: {{scrape_interval: 500ms, evaluation_interval: 500ms}}
rule_files: ["{rules}"]
scrape_configs:
- job_name: fairway
  static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Prometheus(harness.Process):
    def __init__(self, folder, port):
        folder.mkdir()
        config = folder / "prometheus.yaml"
        config.write_text(CONFIG.format(
            port=port, rules=MONITORING / "fairway-alerts.yaml"))
        super().__init__(
            ["prometheus", f"--config.file={config}",
             f"--storage.tsdb.path={folder / 'data'}",
             "--web.listen-address=127.0.0.1:0"], "prometheus")
        self.port = int(self.wait_line(
            r'"Listening on".* address=127\.0\.0\.1:(\d+)').group(1))
        self.wait_line("Server is ready")

    def ask(self, path, **values):
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=harness.LIMIT)
        connection.request("GET", "/api/v1/" + path + "?" +
                           urllib.parse.urlencode(values))
        answer = json.loads(connection.getresponse().read())
        connection.close()
        if answer["status"] != "success":
            raise AssertionError(answer)
        return answer["data"]

    def find(self, query):
        return self.ask("query", query=query)["result"]

    def rules(self):
        return [rule for group in self.ask("rules")["groups"]
                for rule in group["rules"]]


def dashboard_queries():
    """Those of each panel, as Grafana would ask them."""
    board = json.loads((MONITORING / "fairway-dashboard.json").read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield (panel["title"], target["expr"]
                   .replace("$job", "fairway").replace("$instance", ".*")
                   .replace("$__rate_interval", "1m"))


class Scrape(harness.Case):
    # A replica by itself: what the dashboard asks of replicas is there, too.
    config = ("preset: gateway\nshutdown: {delay: 0s, grace: 1s}\n"
              "terminating: {stuckAfter: 0s}\n"
              "replicas: {divide: true, name: one, namespace: argo}\n")

    def setUp(self):
        super().setUp()
        self.prometheus = Prometheus(
            self.tmp / "prometheus", self.fairway.admin_port)
        self.addCleanup(self.prometheus.stop)

    def make_traffic(self):
        """A removal, and an object that is kept by a finalizer."""
        self.sim.preload("pods", "argo", prefix="p-", count=2,
                         finalizers=[POD_FINALIZER], deleted=True)
        client = self.client()
        self.assert_status(client.request("GET", pod("p-000001")), 200)
        self.assert_status(client.request(
            "PATCH", pod("p-000000"), [MERGE_PATCH], removal()), 200)

    def test_each_query_of_the_dashboard_finds_something(self):
        self.make_traffic()
        for panel, query in dashboard_queries():
            harness.poll(lambda: self.prometheus.find(query),
                         f"{panel}: nothing was found by {query}")
        for rule in self.prometheus.rules():
            harness.poll(
                lambda: next(one["health"] for one in self.prometheus.rules()
                             if one["name"] == rule["name"]) == "ok",
                f"{rule['name']} cannot be evaluated")
        self.assertEqual([rule["name"] for rule in self.prometheus.rules()
                          if rule["state"] != "inactive"], [])

    def test_it_is_scraped_as_openmetrics(self):
        """There a counter's family is its name without _total."""
        harness.poll(lambda: any(
            one["metric"] == "fairway_attempts" and one["type"] == "counter"
            for one in self.prometheus.ask("targets/metadata")),
            "Prometheus knows no such counter")

    def test_an_api_server_that_is_away_is_about_to_fire(self):
        self.sim.listener("refuse")
        self.sim.connections("reset")
        harness.poll(
            lambda: any(rule["name"] == "FairwayUpstreamAway" and
                        rule["state"] == "pending"
                        for rule in self.prometheus.rules()),
            "FairwayUpstreamAway is not pending")


if __name__ == "__main__":
    harness.main()
