#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 as the API server speaks it: the same bytes to kubesim, and what
the real one answered.

    kubesim_h1.py                   asks kubesim, compares with kubesim_h1.txt
    kubesim_h1.py record PORT       asks a real server on the loopback
                                    interface and prints what is to be there

Behind each request stands one that ends the connection, so that the answers
are complete when the connection is: whether that one was answered tells
whether the first let the connection live.
"""

import pathlib
import re
import socket
import ssl
import sys
import tempfile

import harness

HOST = "Host: x\r\n"
AUTH = "Authorization: Bearer argo-token\r\n"
WRONG = "Authorization: Bearer wrong\r\n"
JSON = "Content-Type: application/json\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
LAST = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
MAPS = "/api/v1/namespaces/argo/configmaps"
WATCH = "/api/v1/namespaces/noisy/secrets?watch=1&timeoutSeconds=1"
POD = "/api/v1/namespaces/argo/pods/nope"
LIMIT = 3 << 20


def get(path, *fields, version="1.1", host=HOST):
    return f"GET {path} HTTP/{version}\r\n{host}{''.join(fields)}\r\n"


def post(*fields, body="", auth=AUTH):
    return (f"POST {MAPS}?dryRun=All HTTP/1.1\r\n{HOST}{auth}{JSON}"
            f"{''.join(fields)}\r\n{body}")


def line(text):
    return get("/readyz", f"{text}\r\n")


# Name, request, and what follows the first "100 Continue" that comes.
CASES = [
    ("not found", get(POD, AUTH)),
    ("head", f"HEAD {POD} HTTP/1.1\r\n{HOST}{AUTH}\r\n"),
    ("http/1.0", get(POD, AUTH, version="1.0")),
    ("http/1.0 kept alive",
     get(POD, AUTH, "Connection: keep-alive\r\n", version="1.0")),
    ("connection: close", get("/readyz", "Connection: close\r\n")),
    ("anonymous", get(POD)),
    ("wrong token", get(POD, WRONG)),
    ("two requests at once", get("/readyz") * 2),
    ("two authorizations", get(POD, AUTH, WRONG)),
    ("no host", get("/readyz", host="")),
    ("two hosts", get("/readyz", "Host: y\r\n")),
    ("bad host", get("/readyz", host="Host: a b\r\n")),
    ("empty host", get("/readyz", host="Host:\r\n")),
    ("http/2.0", get("/readyz", version="2.0")),
    ("http/1.2", get("/readyz", version="1.2")),
    ("http/3", get("/readyz", version="3")),
    ("garbage", "garbage\r\n\r\n"),
    ("two words", f"GET /readyz\r\n{HOST}\r\n"),
    ("bare LF", "GET /readyz HTTP/1.1\nHost: x\n\n"),
    ("empty line before", "\r\n" + get("/readyz")),
    ("bad method", f"G(T /readyz HTTP/1.1\r\n{HOST}\r\n"),
    ("method in lower case", f"get /readyz HTTP/1.1\r\n{HOST}\r\n"),
    ("space in target", get("/rea dyz")),
    ("relative target", get("readyz")),
    ("absolute target", get("http://y/readyz")),
    ("star", f"OPTIONS * HTTP/1.1\r\n{HOST}\r\n"),
    ("get star", get("*")),
    ("connect", f"CONNECT a:1 HTTP/1.1\r\n{HOST}\r\n"),
    ("bad escape", get("/ready%zz")),
    ("control in target", get("/ready\x01")),
    ("fragment", get("/readyz#x")),
    ("two slashes", get("//readyz")),
    ("space before colon", line("A : b")),
    ("no colon", line("Ab")),
    ("empty name", line(": b")),
    ("bad name", line("A(b: c")),
    ("control in value", line("A: b\x01c")),
    ("NUL in value", line("A: b\x00c")),
    ("bare CR in value", line("A: b\rc")),
    ("folded", line("A: b\r\n c")),
    ("folded first", f"GET /readyz HTTP/1.1\r\n A: b\r\n{HOST}\r\n"),
    ("beyond ASCII", line("A: \xc3\xa4")),
    ("a megabyte of header", line("A: " + "a" * 1100000)),
    ("length and chunked",
     post("Content-Length: 5\r\n", CHUNKED, body="0\r\n\r\n")),
    ("two lengths", post("Content-Length: 5\r\n", "Content-Length: 6\r\n")),
    ("the same length twice",
     post("Content-Length: 2\r\n" * 2, body="{}")),
    ("length with a plus", post("Content-Length: +5\r\n")),
    ("negative length", post("Content-Length: -5\r\n")),
    ("empty length", post("Content-Length:\r\n")),
    ("gzip coding", post("Transfer-Encoding: gzip\r\n")),
    ("two codings", post("Transfer-Encoding: gzip, chunked\r\n")),
    ("chunked twice", post(CHUNKED * 2)),
    ("Chunked", post("Transfer-Encoding: Chunked\r\n",
                     body="2\r\n{}\r\n0\r\n\r\n")),
    ("chunks with an extension and a trailer",
     post(CHUNKED, body="1\r\n{\r\n1;a=b\r\n}\r\n0\r\nA: b\r\n\r\n")),
    ("bad chunk length", post(CHUNKED, body="zz\r\n")),
    ("chunk too long", post(CHUNKED, body="2\r\n{}x0\r\n")),
    ("chunk length too large", post(CHUNKED, body="1" * 17 + "\r\n")),
    ("chunk line with a bare LF", post(CHUNKED, body="2\n{}\n")),
    ("expect", post("Expect: 100-continue\r\n", "Content-Length: 2\r\n"),
     "{}"),
    ("expect, and no body", get("/readyz", "Expect: 100-continue\r\n")),
    ("unwanted body",
     post("Content-Length: 10\r\n", body="0123456789", auth=WRONG)),
    ("unwanted body that is long",
     post("Content-Length: 300000\r\n", body="01234", auth=WRONG)),
    ("body of a GET", get("/readyz", "Content-Length: 3\r\n") + "abc"),
    ("a byte too many",
     post(f"Content-Length: {LIMIT + 1}\r\n", body="1" * (LIMIT + 1))),
    ("a megabyte too many",
     post(f"Content-Length: {LIMIT + (1 << 20)}\r\n",
          body="1" * (LIMIT + 1))),
    ("watch", get(WATCH, AUTH)),
    ("watch with http/1.0", get(WATCH, AUTH, version="1.0")),
    ("list options", get(f"{MAPS}?sendInitialEvents=true"
                         "&resourceVersionMatch=NotOlderThan", AUTH)),
    ("timeout without a unit", get(f"{MAPS}?timeout=5", AUTH)),
    ("exec without a pod", get(f"{POD}/exec?command=x", AUTH)),
]

MASKS = [
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID"),
    (r"(?m)^Date: .*$", "Date: ..."),
    (r'"resourceVersion":"\d+"', '"resourceVersion":"..."'),
    # These stand in every answer of the API, in this order.
    (r"Audit-Id: UID\nCache-Control: no-cache, private\n", "(head)\n"),
    (r"X-Kubernetes-Pf-Flowschema-Uid: UID\n"
     r"X-Kubernetes-Pf-Prioritylevel-Uid: UID\n", "(level)\n"),
]


def ask(port, request, then=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port),
                                  timeout=harness.LIMIT) as raw:
        with context.wrap_socket(raw) as tls:
            got = b""
            tls.sendall((request + ("" if then else LAST)).encode("latin1"))
            if then:
                while b"\r\n\r\n" not in got:
                    got += tls.recv(1 << 16)
                tls.sendall((then + LAST).encode("latin1"))
            try:
                while data := tls.recv(1 << 16):
                    got += data
            except ConnectionResetError:
                pass  # bytes that nobody has read were on their way
    return got.decode("latin1")


def transcript(port):
    for name, *what in CASES:
        text = ask(port, *what).replace("\r\n", "\n")
        for pattern, mask in MASKS:
            text = re.sub(pattern, mask, text)
        yield f"=== {name}\n{text}\n"


def main():
    known = pathlib.Path(__file__).with_suffix(".txt")
    if sys.argv[1:2] == ["record"]:
        sys.stdout.writelines(transcript(int(sys.argv[2])))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        sim = harness.Kubesim(pathlib.Path(folder))
        try:
            answers = list(transcript(sim.port))
        finally:
            sim.stop()
    wanted = known.read_text(encoding="utf-8").split("=== ")[1:]
    bad = 0
    for want, got in zip(wanted, answers, strict=True):
        if "=== " + want != got:
            bad += 1
            print(f"wanted:\n=== {want}got:\n{got}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
