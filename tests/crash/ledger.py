# SPDX-License-Identifier: Apache-2.0
"""What was asked for, and what each client was told of it."""

import dataclasses
import hashlib
import json

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
PLAIN = "application/json"

OWN = "argo-token"
USERS = {
    OWN: "system:serviceaccount:argo:argo-controller",
    "noisy-token": "system:serviceaccount:noisy:noisy",
    "argo-user-token": "argo-controller",
    "noisy-user-token": "noisy",
}
LABEL = "workflows.argoproj.io/completed"


@dataclasses.dataclass
class Object:
    """A version of a pod, as a client has seen it."""

    name: str
    uid: str
    version: str
    finalizers: list


@dataclasses.dataclass
class Request:
    """One that a client sends; `told` is what came of it."""

    key: int
    kind: str  # removal, create, lease, list
    token: str
    method: str
    path: str
    content_type: str = PLAIN
    body: bytes = b""
    # Of a removal:
    object: Object = None
    names: tuple = ()
    label: bool = False
    is_plain: bool = True  # Fairway sees that it is one
    was_sent: bool = False  # as far as its client came
    told: str = None  # "answer", "lost"; None: its client was killed first
    status: int = 0
    intent: int = 0
    promises: bool = False  # Retry-After: it was not executed
    reason: str = ""

    @property
    def audit_id(self):
        return f"crash-{self.key}"

    @property
    def digest(self):
        return hashlib.sha256(self.body).hexdigest()

    @property
    def user(self):
        return USERS[self.token]

    @property
    def is_settled(self):
        """Its client has no reason to send it again."""
        return self.status in (200, 201, 404, 409, 422)


def removal_body(form, obj, name, label):
    """(content type, body) of a patch that takes `name` from the object."""
    metadata = {"resourceVersion": obj.version}
    labels = {"labels": {LABEL: "true"}} if label else {}
    rest = [other for other in obj.finalizers if other != name]
    if form == "merge":
        metadata |= {"finalizers": rest or None} | labels
        return MERGE, json.dumps({"metadata": metadata}).encode()
    if form == "merge-uid":
        metadata |= {"uid": obj.uid, "finalizers": rest} | labels
        return MERGE, json.dumps({"metadata": metadata}).encode()
    if form == "strategic":
        metadata = {"uid": obj.uid,
                    "$deleteFromPrimitiveList/finalizers": [name]} | labels
        return STRATEGIC, json.dumps({"metadata": metadata}).encode()
    at = f"/metadata/finalizers/{obj.finalizers.index(name)}"
    return JSON_PATCH, json.dumps(
        [{"op": "test", "path": "/metadata/uid", "value": obj.uid},
         {"op": "test", "path": at, "value": name},
         {"op": "remove", "path": at}]).encode()


class Ledger:
    def __init__(self):
        self.requests = {}
        self.last_key = 0

    def add(self, **members):
        self.last_key += 1
        request = Request(key=self.last_key, **members)
        self.requests[request.key] = request
        return request

    def note(self, event):
        """What a client process reports."""
        what, key, *more = event
        request = self.requests.get(key)
        if what == "sent":
            request.was_sent = True
        elif what == "lost":
            request.told = "lost"
        elif what == "answer":
            request.told = "answer"
            (request.status, request.intent, request.promises,
             request.reason) = more

    def removals(self):
        return [request for request in self.requests.values()
                if request.kind == "removal"]

    def clear(self):
        """What is over is checked; keys go on."""
        self.requests = {}
