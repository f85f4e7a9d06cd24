"""grokscope-export to an events file of TensorBoard: every record's checksums, and every
number that the history has, read by a parser of its own."""
import math
import os
import struct
import subprocess
import sys
import tempfile

BIN = os.environ["GROKSCOPE_BIN"]
os.chdir(tempfile.mkdtemp())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283  # RFC 3720's check value


def records(data):
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        (of_length,) = struct.unpack_from("<I", data, at + 8)
        body = data[at + 12 : at + 12 + length]
        (of_body,) = struct.unpack_from("<I", data, at + 12 + length)
        assert of_length == masked(data[at : at + 8]) and of_body == masked(body)
        yield body
        at += length + 16


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """(number, value) of each field of a message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 1:
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        elif key & 7 == 5:
            value, at = struct.unpack_from("<f", data, at)[0], at + 4
        else:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        yield key >> 3, value


def run(*words):
    return subprocess.run([f"{BIN}/grokscope-{words[0]}", *words[1:]], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()


run("train", "--p", "11", "--d-model", "16", "--n-heads", "2", "--d-mlp", "16", "--steps",
    "300", "--log-every", "100", "--evaluate-every", "test:200", "--checkpoints", "linear:300",
    "--quiet", "--out", "run")  # fmt: skip
name = "events.out.tfevents.1"
said = [line.split("\t") for line in run("export", "run", "-o", name)][1:]
with open(name, "rb") as file:
    events = [dict(fields(body)) for body in records(file.read())]
assert events[0][3] == b"brain.Event:2"
found = {}
for event in events[1:]:
    step = event.get(2, 0)
    assert event[1] == step
    for number, value in fields(event[5]):
        scalar = dict(fields(value))
        assert number == 1
        found.setdefault(scalar[1].decode(), {})[step] = scalar[2]
assert {tag for _, _, tag, _, _ in said} == set(found), said
lines = [line.split("\t") for line in run("info", "run", "--history=loss")]
names = {"loss/train": "train_loss", "loss/test": "test_loss",
         "accuracy/train": "train_accuracy", "accuracy/test": "test_accuracy",
         "history/sum_squared_weights": "sum_squared_weights"}  # fmt: skip
assert set(names) == set(found), set(found)
for tag, column in names.items():
    at = lines[0].index(column)
    step = lines[0].index("step")
    wanted = {int(row[step]): float(row[at]) for row in lines[1:]
              if not math.isnan(float(row[at]))}  # fmt: skip
    assert set(wanted) == set(found[tag]), tag
    for key, value in wanted.items():
        assert math.isclose(found[tag][key], value, rel_tol=1e-6), (tag, key)
assert len(found["loss/test"]) < len(found["loss/train"])
again = subprocess.run([f"{BIN}/grokscope-export", "run", "-o", name],
                       stderr=subprocess.PIPE, text=True)
if again.returncode == 0 or "--force" not in again.stderr:
    sys.exit("an events file was replaced without --force")
