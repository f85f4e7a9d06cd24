#!/bin/sh
# The tarball of a release: what is committed, and the two libraries of npm that a
# report's page holds, so that it builds without a network. The same commit gives the
# same bytes. usage: sh .debian/tarball.sh FOLDER; prints the file's path
set -eu
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
version=$(sed -n 's/^project(grokscope VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
name=grokscope-$version
draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT

git archive --prefix="$name/" HEAD | tar -x -C "$draft"
rm -rf "$draft/$name/.ci"
page=$draft/$name/analyze/report
(cd "$page" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --prefer-offline \
    --loglevel=error) >&2
rm -rf "$page"/node_modules/.package-lock.json "$page"/node_modules/svgcanvas/.github \
    "$page"/node_modules/svgcanvas/test "$page"/node_modules/svgcanvas/dist/*test.js*

tar -c -C "$draft" --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw,a-s \
    --mtime="@$(git log -1 --format=%ct)" "$name" | xz -9 >"$draft/$name.tar.xz"
mv "$draft/$name.tar.xz" "$folder/$name.tar.xz"
echo "$folder/$name.tar.xz"
