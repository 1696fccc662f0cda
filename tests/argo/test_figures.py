#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of the driver: figures.py, and what the kubelet's back-off
is."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))

import figures  # noqa: E402
from containers import back_off  # noqa: E402
from observers import parse_requests  # noqa: E402


def pod(name, ended=1000, released=3000, held=True, node=None, deleted=0):
    return {"name": name, "workflow": "wf", "node": node or name,
            "held": held, "ended": ended, "released": released,
            "deleted": deleted}


class Figures(unittest.TestCase):
    def test_quantile_is_a_value_that_was_there(self):
        self.assertEqual(figures.quantile([3, 1, 2], 0.5), 2)
        self.assertEqual(figures.quantile([1, 2], 0.99), 2)
        self.assertIsNone(figures.quantile([], 0.5))

    def test_who_still_has_it_counts_with_the_age_it_reached(self):
        ledger = [pod("a"), pod("b", released=0), pod("c", held=False),
                  pod("d", ended=0)]
        self.assertEqual(figures.releases(ledger, 11000), [2.0, 10.0])

    def test_a_release_before_the_end_is_early(self):
        ledger = [pod("a"), pod("b", released=500), pod("c", ended=0),
                  pod("d", ended=0, released=0)]
        self.assertEqual([item["name"] for item in figures.early(ledger)],
                         ["b", "c"])

    def test_a_pod_that_ran_must_be_a_node_that_succeeded(self):
        ledger = [pod(name) for name in "abc"] + [
            pod("d", ended=0), pod("e", released=0)]
        workflows = {"wf": {"nodes": {
            "a": {"phase": "Succeeded"}, "e": {"phase": "Running"},
            "b": {"phase": "Error", "message": "pod deleted"}}}}
        self.assertEqual(figures.lacking(ledger, workflows), [
            ("wf", "b", "Error pod deleted", True),
            ("wf", "c", "no node", True), ("wf", "e", "Running", False)])
        found = figures.summary(ledger, workflows, 0)
        self.assertEqual((found["lost_pods"], found["lost_workflows"],
                          found["pending_pods"]), (2, 1, 1))
        self.assertEqual(len(figures.lacking(ledger, {})), 4)

    def test_answers_are_counted_by_their_status(self):
        counts = parse_requests(
            '# TYPE argo_workflows_k8s_request_total counter\n'
            'argo_workflows_k8s_request_total{kind="pods",verb="Patch",'
            'status_code="429"} 3\n'
            'argo_workflows_k8s_request_total{kind="pods",verb="Patch",'
            'status_code="200"} 5\n'
            'argo_workflows_k8s_request_total_other{status_code="500"} 7\n')
        self.assertEqual(figures.controller_answers(counts), {
            "controller_requests": 8, "controller_429": 3,
            "controller_5xx": 0})

    def test_the_server_is_read_by_name(self):
        read = figures.server_metrics(
            'apiserver_request_total{code="200",verb="GET"} 4\n'
            'apiserver_request_total{code="429",verb="GET"} 2\n'
            'apiserver_flowcontrol_rejected_requests_total{reason="x"} 1\n')
        self.assertEqual(dict(read), {
            "server_requests": 6, "server_429": 2, "server_rejected": 1})

    def test_the_table_has_a_column_for_each_leg(self):
        text = figures.table({"direct": {"pods": 1, "took": 2.5},
                              "fairway": {"pods": 3}})
        self.assertIn("|          1 |          3 |", text)
        self.assertEqual(len({len(line) for line in text.splitlines()}), 1)

    def test_the_back_off_is_the_kubelets(self):
        self.assertEqual([back_off(n) for n in (1, 2, 3, 4, 7, 20)],
                         [0, 10, 20, 40, 300, 300])


if __name__ == "__main__":
    unittest.main(verbosity=2)
