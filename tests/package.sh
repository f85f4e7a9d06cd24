#!/bin/sh
# Debian packages as their users meet them: built from the tarball, then installed, used
# and removed in a Debian of their own (debootstrap), which has nothing else. Needs root,
# and ten minutes. usage: sh tests/package.sh [FOLDER]
set -eu
cd "$(dirname "$0")/.."
folder=${1:-build/package}
sh .debian/build.sh "$folder"
folder=$(cd "$folder" && pwd)
debian=$folder/debian
mounted=
end() {
    for place in $mounted; do umount "$debian/$place"; done
    rm -rf --one-file-system "$debian"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

echo "== a Debian of its own"
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
debootstrap --variant=minbase "$release" "$debian" >"$folder/debootstrap.log"
for place in proc dev; do
    mount --bind "/$place" "$debian/$place"
    mounted="$place $mounted"
done
inside() {
    chroot "$debian" env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root \
        DEBIAN_FRONTEND=noninteractive "$@"
}
files() { (cd "$debian" && find usr etc -xdev ! -type d | sort); }
install() { # PACKAGE…
    inside apt-get -o Dpkg::Use-Pty=0 install -y -qq --no-install-recommends "$@" >>"$folder/apt.log" 2>&1 ||
        { tail -n 20 "$folder/apt.log"; exit 1; }
}

mkdir "$debian/packages"
cp "$folder"/*.deb "$debian/packages"
cp -r "$folder"/grokscope-[0-9]* "$debian/source"
inside apt-get update -qq
files >"$folder/before.txt"

echo "== installed"
install $(cd "$debian" && ls packages/grokscope_*.deb packages/grokscope-doc_*.deb \
    packages/libgrokscope0*.deb | grep -v dbgsym | sed 's|^|/|')
[ -s "$debian/usr/share/doc/grokscope/html/index.html" ] ||
    { echo "FAILED: no documentation" >&2; exit 1; }
inside sh /source/debian/tests/programs >"$folder/programs.txt" 2>&1 ||
    { cat "$folder/programs.txt"; exit 1; }
tail -n 3 "$folder/programs.txt"
echo "== a client of the library"
install cmake gcc libc6-dev make pkg-config \
    $(cd "$debian" && ls packages/libgrokscope-dev_*.deb | sed 's|^|/|')
inside sh /source/debian/tests/client >"$folder/client.txt" 2>&1 ||
    { cat "$folder/client.txt"; exit 1; }
tail -n 3 "$folder/client.txt"

echo "== removed"
inside apt-get -o Dpkg::Use-Pty=0 purge -y -qq grokscope grokscope-doc libgrokscope-dev 'libgrokscope0*' >>"$folder/apt.log"
files >"$folder/after.txt"
if comm -13 "$folder/before.txt" "$folder/after.txt" | grep grokscope; then
    echo "FAILED: these stay behind" >&2
    exit 1
fi
echo "the packages install, work and leave nothing behind"
