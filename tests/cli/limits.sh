# Limits of memory and of file sizes, and inputs that are no files or cost too much.
# usage: limits.sh PYTHON
here=$(cd "$(dirname "$0")" && pwd)
. "$(dirname "$0")/lib.sh"
expect 0 "$1" -B "$here/limits.py"
exit 0
