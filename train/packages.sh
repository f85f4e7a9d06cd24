# Debian packages, and installing those that are missing. Read by demo.sh,
# tests/run.sh and tests/fuzz.sh.

# To build and run: compiler and CMake; HDF5 for checkpoints; FFTW3 for spectra;
# LAPACKE and OpenBLAS for linear algebra; oneDNN for fast single precision products;
# Random123 for random numbers; jansson for JSON; Nettle for SHA-256; libzip for the files
# of PyTorch and NumPy; zlib for what reports hold.
build_packages="gcc make cmake pkg-config libhdf5-dev libfftw3-dev liblapacke-dev
libopenblas-pthread-dev libdnnl-dev librandom123-dev libjansson-dev nettle-dev
libzip-dev zlib1g-dev"

# To test as well: cmocka; the formatter; Python with h5py, to read checkpoints as
# others do, with matplotlib and scikit-learn for the notebooks; man and bash-completion,
# to read pages and complete words as users do; pictures to train on; markdown-it and
# Pygments, of which the site of the documentation is made, and html5lib, which reads it as
# browsers do; Doxygen, which refuses a public header where a name has no sentence. The
# notebook that trains in PyTorch is left out where there is no python3-torch, which is
# large.
test_packages="g++ libcmocka-dev clang-format python3 python3-h5py python3-matplotlib
python3-sklearn man-db groff-base bash-completion dataset-fashion-mnist doxygen
python3-markdown-it python3-pygments python3-html5lib"

# The page of a report takes uPlot and svgcanvas by npm, and its test opens it in Chromium. Node's own
# npm, or a browser from elsewhere, serves as well as Debian's.
page_packages=
command -v npm >/dev/null || page_packages=npm
command -v chromium >/dev/null || test_packages="$test_packages chromium"

# To give hostile files to the readers: the compiler that has a fuzzer, and its run time.
fuzz_packages="clang llvm libclang-rt-14-dev"

# To make Debian packages, and to try them in a Debian of their own.
release_packages="git xz-utils nodejs debhelper dpkg-dev fakeroot lintian debootstrap
doxygen python3 python3-markdown-it python3-pygments"

is_installed() {
    dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

# Install the packages that are missing; nothing is missing: no root is needed.
ensure_packages() {
    missing=
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    line="apt-get install -y --no-install-recommends$missing"
    echo "== installing with apt:$missing"
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null; then
        as_root=sudo
    else
        echo "This needs root. As root, run"
        echo "    apt-get update && $line"
        echo "and then this script again."
        exit 1
    fi
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive $line -qq >/dev/null
}
