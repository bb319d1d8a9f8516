"""Journals written by hand, as docs/explanation/state.md has them: for records that no workflow makes."""
import json


def table():
    out = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ 0x82F63B78 * (byte & 1)
        out.append(byte)
    return out


TABLE = table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def text(value):
    """As a record has it: bytes that are no UTF-8 in hexadecimal."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"hex": value.hex()}
    return value


def frame(sequence, kind, fields, time=None):
    record = {"seq": sequence, "t": 1790000000000000000 + sequence if time is None else time, "kind": kind, **fields}
    body = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()
    rest = b"%06x " % len(body) + body
    return b"%08x %s\n" % (crc32c(rest), rest)


def journal(records):
    """A journal file's bytes: a header, then (kind, fields)."""
    header = {"version": 1, "osac": "0.1.0", "host": "here", "boot": "0", "pid": 1}
    return b"".join(frame(i, kind, fields) for i, (kind, fields) in enumerate([("journal", header), *records]))


def file(port, path, content, size=1):
    return {"port": port, "path": text(path), "size": size, "mtime": 1, "sha256": f"{content:064x}"}


def end(element, inputs=(), outputs=(), time=0, execution="20261121T000000-00000001", **more):
    """A success."""
    return ("end", {"execution": execution, "element": text(element), "attempt": 1, "outcome": "succeeded", "fingerprint": f"{1:064x}",
                    "command": more.pop("command", "cp"), "host": "here", "started": 1790000000000000000 + 2 * time, "ended": 1790000000000000001 + 2 * time,
                    "inputs": list(inputs), "outputs": list(outputs), **more})
