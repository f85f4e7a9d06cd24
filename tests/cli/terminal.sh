# What is there only on a terminal.
# usage: terminal.sh PYTHON
here=$(cd "$(dirname "$0")" && pwd)
. "$(dirname "$0")/lib.sh"
expect 0 "$1" -B "$here/terminal.py"
exit 0
