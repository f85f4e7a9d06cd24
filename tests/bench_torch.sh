#!/bin/sh
# How much faster does a build train than eager PyTorch? Both in turn, for each recipe.
# usage: sh tests/bench_torch.sh PREFIX [RECIPE…] [OPTIONS]; --help tells the options.
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3
exec "$python" -B "$(dirname "$0")/bench_torch.py" "$@"
