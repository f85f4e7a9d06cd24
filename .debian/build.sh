#!/bin/sh
# Debian packages of the commit that is checked out: its tarball, built without a network
# where that can be shut off (as root), and looked at by lintian, whose warnings fail.
# usage: sh .debian/build.sh FOLDER
set -eu
cd "$(dirname "$0")/.."
. train/packages.sh
ensure_packages $build_packages $page_packages $release_packages
mkdir -p "$1"
folder=$(cd "$1" && pwd)

tarball=$(sh .debian/tarball.sh "$folder")
name=$(basename "$tarball" .tar.xz)
version=${name#grokscope-}
rm -rf "${folder:?}/$name"
tar -xf "$tarball" -C "$folder"
mv "$tarball" "$folder/grokscope_$version.orig.tar.xz"
cp -r .debian "$folder/$name/debian"
rm "$folder/$name"/debian/*.sh
cd "$folder/$name"
offline=
if unshare -n true 2>/dev/null; then offline="unshare -n"; fi
$offline dpkg-buildpackage -us -uc -j"$(nproc)" >"$folder/build.log" 2>&1 ||
    { tail -n 40 "$folder/build.log"; exit 1; }
cd "$folder"
# Its maintainers have no address that can be written to, and Debian's archive no bug that
# asks for it.
lintian --fail-on error,warning --info --allow-root --suppress-tags \
    bogus-mail-host,bogus-mail-host-in-debian-changelog,initial-upload-closes-no-bugs \
    "grokscope_${version}"-*.changes
ls "$folder"/*.deb
