#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints protobuf on its standard input as a tree of field numbers.

For kubesim-compare.sh: what differs from one server to the next by nature
(uids, versions, times, who manages fields) is masked.  Without any schema: a
field that can be read as a message is one.
"""

import re
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def parse(data):
    """The fields of a message; None when it is none."""
    fields, at = [], 0
    try:
        while at < len(data):
            tag, at = varint(data, at)
            if tag >> 3 == 0 or tag & 7 not in (0, 2):
                return None
            value, at = varint(data, at)
            if tag & 7 == 2:
                value, at = data[at:at + value], at + value
                if at > len(data):
                    return None
            fields.append((tag >> 3, value))
    except IndexError:
        return None
    return fields


def text_of(value):
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value.hex()
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID", text)
    return '"*"' if text.isdigit() else repr(text)


def show(data, depth):
    for number, value in parse(data):
        indent = "  " * depth + str(number)
        if isinstance(value, int):
            print(indent, "TIME" if value > 10**9 else value)
            continue
        inner = parse(value) if value else None
        if inner is None or value.isascii() and value.decode().isprintable():
            print(indent, text_of(value))
        elif (6, b"FieldsV1") not in inner:
            print(indent)
            show(value, depth + 1)


def main():
    data = sys.stdin.buffer.read()
    if data[:1] == b"\0":
        # The frames of a watch.
        while data:
            size = int.from_bytes(data[:4], "big")
            print("frame")
            _, kind = parse(data[4:4 + size])[0]
            print(kind.decode())
            raw = parse(parse(data[4:4 + size])[1][1])[0][1]
            show(raw[4:], 1)
            data = data[4 + size:]
    elif data[:4] == b"k8s\0":
        show(data[4:], 0)
    else:
        sys.stdout.buffer.write(data)


main()
