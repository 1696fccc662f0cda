#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fairway explain: the vectors, one request, and lines that are wrong."""
import json
import os
import subprocess
import sys
import tempfile

FAIRWAY = os.path.join(os.environ["top_builddir"], "fairway")
VECTORS = os.path.join(os.environ["top_srcdir"],
                       "tests/vectors/finalizers.jsonl")
KEYS = {"id", "verb", "group", "resource", "subresource", "namespace", "name",
        "effect", "finalizers", "rule", "lane", "flow", "why"}


def explain(*args, stdin=""):
    return subprocess.run([FAIRWAY, "explain", *args], input=stdin, text=True,
                          capture_output=True, check=False)


def check(what, wanted, found):
    if wanted != found:
        sys.exit(f"{what}: wanted {wanted!r}, is {found!r}")


def vectors_have_their_effects():
    with open(VECTORS, encoding="utf-8") as file:
        vectors = [json.loads(line) for line in file]
    result = explain("--requests", VECTORS, "-o", "json")
    check("status", 0, result.returncode)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    check("lines", len(vectors), len(found))
    for vector, line in zip(vectors, found):
        check("keys", set(), KEYS - set(line))
        check("id", vector["id"], line["id"])
        check(line["id"], vector["effect"], line["effect"])
        removal = vector["is_finalizer_removal"]
        removes = line["effect"] in ("Removes", "Mixed")
        if isinstance(removal, bool):
            check(line["id"], removal, removes)
        elif not vector.get("why"):
            sys.exit(f"{vector['id']}: depends, and nobody says on what")
        # Only a small patch that removes has a lane of its own for that.
        if line["rule"] == "finalizer-removals":
            check(line["id"], ("Removes", "patch"),
                  (line["effect"], line["verb"]))
    table = explain("--requests", VECTORS)
    check("rows", len(vectors) + 1, len(table.stdout.splitlines()))


def one_request_is_a_page():
    body = '{"metadata":{"finalizers":null,"uid":"1"}}'
    path = "/api/v1/namespaces/argo/pods/p"
    page = explain("patch", path, "--body", "-", "--user", "alice",
                   stdin=body).stdout
    for line in ("effect      Removes (the body says it)",
                 "flow        user=alice,namespace=argo",
                 "rule        finalizer-removals (precedence 400)",
                 "lane        finalizers: queued, order 1",
                 "    100  leader-election        verbs"):
        if line not in page.splitlines():
            sys.exit(f"no line {line!r} in:\n{page}")
    line = json.loads(explain("PATCH", path, "--body", "-", "-o", "json",
                              "--content-type", "application/json-patch+json",
                              stdin=body).stdout)
    check("not a JSON patch", ("None", "malformed"),
          (line["effect"], line["reason"]))


def a_configuration_decides():
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"
                   "rules:\n- name: mine\n  lane: events\n"
                   "  namespaces: [quiet]\n  queryHas: [limit]\n"
                   "  matchingPrecedence: 1\n"
                   "  distinguisherMethod: {type: ByNamespace}\n")
        file.flush()
        line = json.loads(explain(
            "--config", file.name, "-o", "json", "GET",
            "/api/v1/namespaces/quiet/pods?limit=5").stdout)
        check("lane", ("mine", "events", "namespace=quiet"),
              (line["rule"], line["lane"], line["flow"]))
        file.write("nonsense: 1\n")
        file.flush()
        result = explain("--config", file.name, "GET", "/api")
        check("bad configuration", 2, result.returncode)


def rules_stand_as_they_are_asked():
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"
                   "rules:\n"
                   "- {name: late, lane: events, matchingPrecedence: 790,"
                   " namespaces: [x]}\n"
                   "- {name: early, lane: events, matchingPrecedence: 5,"
                   " namespaces: [x]}\n")
        file.flush()
        page = explain("--config", file.name, "POST",
                       "/api/v1/namespaces/argo/pods").stdout
    asked = [line.split() for line in
             page.partition("not met:\n")[2].splitlines()]
    check("first and last", ("early", "late"), (asked[0][1], asked[-1][1]))
    order = [int(words[0]) for words in asked]
    check("order", sorted(order), order)


def a_group_decides():
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"
                   "identity: {tokens: TokenReview}\n"
                   "rules:\n- name: mine\n  lane: events\n"
                   "  groups: [builders]\n  matchingPrecedence: 1\n")
        file.flush()
        for groups, rule in ((["builders"], "mine"), (["a"], "catch-all"),
                             (["a", "builders"], "mine"), ([], "catch-all")):
            line = json.loads(explain(
                "--config", file.name, "-o", "json", "--user", "joe",
                *(word for group in groups for word in ("--group", group)),
                "GET", "/api/v1/namespaces/quiet/pods").stdout)
            check(groups, rule, line["rule"])


def wrong_lines_are_named():
    lines = ['{"id":"a","method":"GET","path":"/api"}', '',
             '{"method":"GET"}', '[]', '{"method":"GET","path":1}',
             '{"method":"GET","path":"/api","body":"!","body_encoding":"base64"}',
             '{"method":"GET","path":"/api","body_encoding":"rot13"}',
             '{"method":"GET","path":"/api","groups":"dev"}', '{"a":}',
             '{"id":"b","method":"GET","path":"/api"} x',
             '{"id":"c","method":"GET","path":"/a","user":"u","groups":["g"]}']
    result = explain("--requests", "-", "-o", "json", stdin="\n".join(lines))
    check("status", 1, result.returncode)
    check("explained", ["a", "c"],
          [json.loads(line)["id"] for line in result.stdout.splitlines()])
    wanted = ["-:3: \"path\" is missing", "-:4: must be a JSON object",
              "-:5: path: must be a string", "-:6: body: is not base64",
              "-:7: body_encoding: must be utf8 or base64, is \"rot13\"",
              "-:8: groups: must be a list of strings",
              "-:9: column 6: unexpected character",
              "-:10: column 41: something follows the value"]
    check("complaints", wanted, result.stderr.splitlines())


def a_terminal_is_not_told_what_to_do():
    line = json.dumps({"id": "\x1b[2J", "method": "GET", "path": "/api"})
    table = explain("--requests", "-", stdin=line).stdout
    check("escape", False, "\x1b" in table)


vectors_have_their_effects()
one_request_is_a_page()
a_configuration_decides()
rules_stand_as_they_are_asked()
a_group_decides()
wrong_lines_are_named()
a_terminal_is_not_told_what_to_do()
for misuse in (["gte", "/api"], ["GET"], [], ["-o", "xml", "GET", "/api"],
               ["--requests", "x", "GET", "/api"], ["xyzzy", "/api"],
               ["--group", "g", "GET", "/api"]):
    check(misuse, 64, explain(*misuse).returncode)
check("absent", 1, explain("--requests", "/absent").returncode)
check("absent", 1, explain("PATCH", "/api", "--body", "/absent").returncode)
print("explain says what the vectors say")
