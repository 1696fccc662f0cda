#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The admin socket against those who do not keep to its rules.

usage: observe-socket.py PATH
"""

import json
import socket
import sys


def ask(data):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(60)
        sock.connect(sys.argv[1])
        try:
            sock.sendall(data)
        except BrokenPipeError:
            pass
        answer = b""
        try:
            while piece := sock.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass
        return json.loads(answer)


assert "lanes" in ask(b'{"verb":"status"}\n')
assert "lanes" in ask(b'{"verb":"status"}\n{"verb":"status"}\n')
for verb in "status", "journal", "pause", "reload", "replay", "discard":
    assert verb in ask(b'{"verb":"no"}\n')["error"]
for bad in (b"\n", b"{}\n", b"status\n", b'{"verb":1}\n', b"\xff\0\n",
            b"[" * 3000 + b"\n", b"x" * 4096, b'{"verb":"no"}\n'):
    assert "error" in ask(bad), bad

# One that says nothing is in nobody's way, nor are many.
idle = []
for _ in range(8):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(sys.argv[1])
    idle.append(sock)
assert "lanes" in ask(b'{"verb":"status"}\n')
for sock in idle:
    sock.close()
