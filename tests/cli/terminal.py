"""How the programs look on a terminal, asked of a pseudo-terminal of a given width.

usage: terminal.py   (the programs on the PATH, in an empty folder)
"""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

TRAIN = ("grokscope-train --p 7 --d-model 16 --n-heads 2 --d-mlp 32 --train-fraction 0.6 "
         "--checkpoints list:0").split()


def on_terminal(command, columns, stdout=True):
    """What a command writes to a terminal, and to its stdout where that is a pipe."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "33"}
    process = subprocess.Popen(command, stdin=side, stderr=side, env=environment,
                               stdout=side if stdout else subprocess.PIPE)
    os.close(side)
    written = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        written += piece
    piped = b"" if stdout else process.stdout.read()
    assert process.wait() in (0, 2), (command, written)
    os.close(main)
    return written.decode().replace("\r\n", "\n"), piped.decode()


def screen(written):
    """The lines that are left to see, and all that ever stood in one."""
    lines, shown = [""], []
    for part in re.split(r"(\r\x1b\[K|\n)", written):
        if part == "\n":
            shown.append(lines[-1])
            lines.append("")
        elif part == "\r\x1b[K":
            shown.append(lines[-1])
            lines[-1] = ""
        else:
            lines[-1] += part
    return lines, shown + lines[-1:]


STEPS = "4000"  # a second or so: progress is shown some times a second


def test_progress():
    for columns in (20, 40, 60, 80, 200):
        written, _ = on_terminal(
            TRAIN + ["--steps", STEPS, "--out", "run%d" % columns], columns, False)
        lines, shown = screen(written)
        rows = [line for line in shown if line.startswith("step ")]
        assert rows, written
        assert max(map(len, rows)) < columns, (columns, rows)
        assert not any(line.startswith("step ") for line in lines), lines
        assert all(re.match(r"step \d+/%s" % STEPS, row) for row in rows)
        if columns >= 40:
            assert all(re.search(r"\d(\.\d+)?e[-+]\d\d", row) for row in rows), rows
        if columns >= 80:
            assert all("test" in row and "%" in row for row in rows), rows
            assert " left" in rows[-1], rows
    early, _ = on_terminal(TRAIN + ["--steps", STEPS, "--stop-test-loss", "1e-300",
                                    "--out", "early"], 80, False)
    assert "at most 0:" in early and len(max(screen(early)[1], key=len)) < 80, early


def test_help():
    for columns in (60, 80, 120):
        written, _ = on_terminal(["grokscope-train", "--help"], columns)
        longest = max(map(len, written.split("\n")))
        assert columns * 0.7 < longest < columns, (columns, longest)
        assert written.startswith("grokscope-train: "), written
        assert 0 < written.index("Examples:") < written.index("options:")


def test_summary():
    command = TRAIN + ["--steps", "200", "--force", "--out"]
    for arguments, words in ((["a b"], "grokscope report 'a b' -o report.html"),
                             (["sum", "--stop-test-accuracy", "0.001"],
                              "saved in sum.")):
        lines, _ = screen(on_terminal(command + arguments, 80)[0])
        text = "\n".join(lines)
        assert words in text and "\t" not in text, text
        for word in ("memorised", "generalised", "saved in"):
            assert text.count(word) == 1, text
    row = "run\tstep\tend\ttrain_loss"
    written, piped = on_terminal(command + ["run"], 80, False)
    assert piped.startswith(row) and "memorised" not in written
    written, _ = on_terminal(command + ["run", "--format", "tsv"], 80)
    assert row in written and "memorised" not in written
    written, _ = on_terminal(command + ["run", "--columns", "end,step"], 80)
    assert written.endswith("end\tstep\nsteps\t200\n"), written
    written, _ = on_terminal(command + ["run", "-q"], 80)
    assert written == "", written
    for columns in (40, 80, 120):
        written, _ = on_terminal(["grokscope-info", "run", "--format", "text"], columns)
        lines = written.rstrip("\n").split("\n")
        assert max(map(len, lines)) <= columns, (columns, written)
        assert any("n_layers" in line for line in lines)


def main():
    for name, test in sorted(globals().items()):
        if name.startswith("test_"):
            test()
            print(name)


if __name__ == "__main__":
    sys.exit(main())
