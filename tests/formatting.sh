#!/bin/sh
# The sources are as .clang-format asks. usage: formatting.sh SOURCE_FOLDER
set -eu
cd "$1"
find include train analyze tests -name '*.[ch]' | xargs clang-format --dry-run -Werror
