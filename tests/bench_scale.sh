#!/bin/sh
# How do cost and memory grow? One axis after the other, each a curve.
# usage: sh tests/bench_scale.sh FOLDER [AXIS…]; --help tells the axes.
# FOLDER has bin/ and share/, of a build or installed.
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3
exec "$python" -B "$(dirname "$0")/bench_scale.py" "$@"
