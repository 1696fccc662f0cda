# SPDX-License-Identifier: Apache-2.0
"""What a leg comes to: arithmetic on what was seen, and the table."""

import collections
import math

# (name, how it reads in the table)
ROWS = (
    ("workflows", "workflows"),
    ("unfinished", "… not completed at the end"),
    ("pods", "pods that ran to their end"),
    ("deleted", "… and were deleted by somebody then"),
    ("held_before", "finalizers left before the sweep"),
    ("held_after", "finalizers left after it"),
    ("lost_workflows", "workflows whose status has lost a pod that ran"),
    ("lost_pods", "… pods that it has lost"),
    ("pending_pods", "pods that ran, not yet in it, held by the finalizer"),
    ("early", "finalizers removed before the pod's end"),
    ("release_p50", "end of a pod to release, p50, s"),
    ("release_p99", "… p99, s"),
    ("release_max", "… max, s"),
    ("took", "until all was done, s"),
    ("controller_kills", "controller killed by us"),
    ("controller_exits", "controller ended by itself"),
    ("fairway_kills", "Fairway killed by us"),
    ("fairway_exits", "Fairway ended by itself"),
    ("lease_holders", "holders of the lease"),
    ("lease_gaps", "times it was not renewed for more than 15 s"),
    ("lease_longest", "… the longest, s"),
    ("unhealthy", "health checks of the controller that failed"),
    ("controller_requests", "requests of the controller"),
    ("controller_429", "… answered 429"),
    ("controller_5xx", "… answered 5xx"),
    ("server_requests", "requests at the API server"),
    ("server_429", "… answered 429"),
    ("server_rejected", "… refused by priority and fairness"),
    ("lists", "wide LISTs done"),
)


def quantile(values, share):
    """The smallest that at least that share is not above."""
    if not values:
        return None
    values = sorted(values)
    return values[max(math.ceil(share * len(values)) - 1, 0)]


def releases(ledger, until):
    """Seconds from a pod's end to its finalizer's; those that still have it
    count with the age they reached."""
    return [max(pod["released"] or until, pod["ended"]) / 1000
            - pod["ended"] / 1000
            for pod in ledger if pod["held"] and pod["ended"]]


def early(ledger):
    """Pods that were released before their end was known."""
    return [pod for pod in ledger if pod["released"] and
            (not pod["ended"] or pod["released"] < pod["ended"])]


def lacking(ledger, workflows):
    """Pods that ran to their end and are not so recorded:
    [(workflow, pod, what is there instead, whether it is lost)].  One that
    still has its finalizer is not lost: it can be recorded later."""
    missing = []
    for pod in ledger:
        if not pod["ended"]:
            continue
        status = workflows.get(pod["workflow"])
        if status is None:
            found = "no workflow"
        else:
            node = (status.get("nodes") or {}).get(pod["node"])
            if node and node.get("phase") == "Succeeded":
                continue
            found = "no node" if node is None else \
                f"{node.get('phase')} {node.get('message', '')}".strip()
        missing.append((pod["workflow"], pod["name"], found,
                        not pod["held"] or bool(pod["released"])))
    return missing


def summary(ledger, workflows, until):
    """The figures that come from pods and workflows."""
    times = releases(ledger, until)
    missing = lacking(ledger, workflows)
    lost = [item for item in missing if item[3]]
    return {
        "workflows": len(workflows),
        "unfinished": sum(1 for status in workflows.values()
                          if not status.get("finishedAt")),
        "phases": dict(collections.Counter(
            status.get("phase", "none") for status in workflows.values())),
        "pods": sum(1 for pod in ledger if pod["ended"]),
        "deleted": sum(1 for pod in ledger if pod["deleted"]),
        "early": len(early(ledger)),
        "lost_pods": len(lost),
        "lost_workflows": len({item[0] for item in lost}),
        "lost_as": dict(collections.Counter(item[2] for item in lost)),
        "pending_pods": len(missing) - len(lost),
        "release_p50": quantile(times, 0.5),
        "release_p99": quantile(times, 0.99),
        "release_max": quantile(times, 1),
    }


def controller_answers(counts):
    """Of {(kind, verb, status): count}."""
    def total(*classes):
        return round(sum(count for (_, _, status), count in counts.items()
                         if str(status).startswith(classes)))
    return {"controller_requests": total(""), "controller_429": total("429"),
            "controller_5xx": total("5")}


def server_metrics(text):
    """Counters of the API server that a leg is the difference of."""
    figures = collections.Counter()
    for line in text.splitlines():
        name, _, rest = line.partition("{")
        if name == "apiserver_request_total":
            count = float(line.split()[-1])
            figures["server_requests"] += count
            if 'code="429"' in rest:
                figures["server_429"] += count
        elif name == "apiserver_flowcontrol_rejected_requests_total":
            figures["server_rejected"] += float(line.split()[-1])
    return figures


def number(value):
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(value)


def table(legs):
    """Markdown that is also easy on the eye; `legs` is {name: figures}."""
    width = max(len(text) for _, text in ROWS)
    lines = [f"| {'':{width}} | " + " | ".join(
        f"{name:>10}" for name in legs) + " |",
        f"|{'-' * (width + 2)}|" + "|".join(
            "-" * 11 + ":" for _ in legs) + "|"]
    for key, text in ROWS:
        values = [number(figures.get(key)) for figures in legs.values()]
        lines.append(f"| {text:{width}} | " + " | ".join(
            f"{value:>10}" for value in values) + " |")
    return "\n".join(lines)
