#!/bin/sh
# Which of two builds trains faster? For each recipe, short runs of both in turn.
# usage: sh tests/bench_pair.sh OLD NEW [RECIPE…] [OPTIONS]; --help tells the options.
# OLD and NEW are folders with bin/ and share/, of a build or installed.
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3
exec "$python" -B "$(dirname "$0")/bench_pair.py" "$@"
