# SPDX-License-Identifier: Apache-2.0
"""The API server of the crash tests: objects, what others do to them, and
the ways in which it goes away."""

import json

from ledger import LABEL, Object, USERS

NAMESPACE = "/api/v1/namespaces/argo"
PODS = NAMESPACE + "/pods"
OURS = "workflows.argoproj.io/status"
OTHERS = "example.com/other"
LATE = "example.com/late-"
MERGE = "application/merge-patch+json"

OUTAGES = ("refused", "reset", "black-hole", "tls-hangs", "throttled",
           "middle-box", "answers-lost", "unanswered", "revoked", "slow")


class World:
    def __init__(self, sim, random):
        self.sim = sim
        self.random = random
        self.batch = 0
        self.late = 0
        self.names = set()  # of the pods of this epoch
        self.uids = {}  # name: every uid that ever had it
        self.denied = set()  # users that were refused anything
        self.outage = None

    # --- objects -----------------------------------------------------------

    def request(self, method, path, body=None, content_type=None, user=None):
        order = {"method": method, "path": path, "body": body,
                 "contentType": content_type, "user": user}
        return self.sim.admin("POST", "/request", {
            key: value for key, value in order.items() if value is not None})

    def add_pods(self, count):
        """Some that are terminating, and some that are not."""
        self.batch += 1
        self.sim.preload(
            "pods", "argo", prefix=f"b{self.batch}-", count=count, size=400,
            finalizers=self.random.choice(
                [[OURS], [OURS, OTHERS], [OTHERS, OURS]]),
            labels={"app": "x"}, deleted=self.random.random() < 0.6)

    def pods(self):
        """What is there now; remembers who had which name."""
        pods = []
        for item in self.request("GET", PODS)["body"]["items"]:
            metadata = item["metadata"]
            pods.append(Object(metadata["name"], metadata["uid"],
                               metadata["resourceVersion"],
                               metadata.get("finalizers", [])))
            self.uids.setdefault(metadata["name"], set()).add(metadata["uid"])
        return pods

    def patch(self, name, metadata):
        return self.request("PATCH", f"{PODS}/{name}", {"metadata": metadata},
                            MERGE)

    def replace_finalizers(self, pod, finalizers):
        """Of that version alone: a list that was read before a removal would
        bring back what this took."""
        self.patch(pod.name, {"finalizers": finalizers,
                              "resourceVersion": pod.version})

    def meddle(self):
        """Somebody else does something to one of them."""
        pods = self.pods()
        if not pods:
            return
        pod = self.random.choice(pods)
        what = self.random.choice(["recreate", "recreate", "touch",
                                   "add-finalizer", "remove", "delete"])
        if what == "touch":
            self.patch(pod.name, {"annotations": {"touched": pod.version}})
        elif what == "add-finalizer":
            # Refused where it is terminating.  None comes a second time, or a
            # removal that is asked for anew is done twice, and rightly.
            self.late += 1
            self.replace_finalizers(
                pod, [*pod.finalizers, f"{LATE}{self.late}"])
        elif what == "remove":
            self.replace_finalizers(
                pod, [name for name in pod.finalizers if name != OURS])
        else:
            self.delete(pod.name)
            if what == "recreate":
                self.create(pod.name)

    def delete(self, name):
        self.patch(name, {"finalizers": None})
        self.request("DELETE", f"{PODS}/{name}",
                     {"gracePeriodSeconds": 0})

    def create(self, name):
        """Anew, under a name that was there."""
        made = self.request("POST", PODS, {
            "kind": "Pod", "apiVersion": "v1",
            "metadata": {"name": name, "labels": {"app": "x"},
                         "finalizers": [OURS, OTHERS]},
            "spec": {"containers": [{"name": "main", "image": "x"}]}})
        if made["code"] == 201:
            self.uids.setdefault(name, set()).add(
                made["body"]["metadata"]["uid"])
            if self.random.random() < 0.5:
                self.request("DELETE", f"{PODS}/{name}",
                             {"gracePeriodSeconds": 0})

    def clear(self):
        for pod in self.pods():
            self.delete(pod.name)
        self.uids = {}
        self.denied = set()

    # --- outages -----------------------------------------------------------

    def break_down(self):
        self.heal()
        self.outage = self.random.choice(OUTAGES)
        getattr(self, "begin_" + self.outage.replace("-", "_"))()
        return self.outage

    def begin_refused(self):
        self.sim.listener("refuse")
        self.sim.connections("reset")

    def begin_reset(self):
        """New connections are taken, and cut with their first request."""
        self.sim.connections("reset")
        self.sim.fault(action="close", count=30)

    def begin_black_hole(self):
        self.sim.listener("hang")
        self.sim.connections("halfopen")

    def begin_tls_hangs(self):
        self.sim.listener("hang")
        self.sim.connections("reset")

    def begin_throttled(self):
        self.sim.fault(action="status", code=429, retryAfter=1, pf=True,
                       match={"verb": "patch"})

    def begin_middle_box(self):
        self.sim.fault(action="status", text=True,
                       code=self.random.choice([500, 502, 503, 504]))

    def begin_answers_lost(self):
        """It takes effect, and nobody hears of it."""
        self.sim.fault(match={"verb": "patch"}, when="after", percent=70,
                       action=self.random.choice(["close", "reset"]))

    def begin_unanswered(self):
        self.sim.fault(match={"verb": "patch"}, action="stall", count=5,
                       when=self.random.choice(["before", "after"]))

    def begin_revoked(self):
        """A token is refused, or what its user wants."""
        token = self.random.choice(list(USERS))
        self.revoked = None
        if self.random.random() < 0.5:
            self.revoked = token
            self.sim.admin("POST", "/tokens", {"remove": token})
        else:
            self.denied.add(USERS[token])
            self.sim.admin("POST", "/denials", {
                "user": USERS[token], "verb": "patch", "resource": "pods"})

    def begin_slow(self):
        self.sim.fault(delayMs=20, jitterMs=20)

    def heal(self):
        if self.outage is None:
            return
        self.sim.no_faults()
        self.sim.connections("resume")
        self.sim.listener("accept")
        if self.outage == "revoked":
            self.sim.admin("DELETE", "/denials")
            if self.revoked:
                self.sim.admin("POST", "/tokens", {
                    "add": f"{self.revoked}={USERS[self.revoked]}"})
        self.outage = None

    def history(self):
        return self.sim.history()


def label_is_set(labels):
    return labels.get(LABEL) == "true"


def dump(effects):
    return "\n".join(json.dumps(effect) for effect in effects)
