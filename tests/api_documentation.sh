#!/bin/sh
# The pages of the public headers: every name has a sentence, every reference its target,
# every link its page, and nothing comes from elsewhere. What is asked of the headers can
# be missed: copies of them that miss it are refused.
# usage: api_documentation.sh DOXYFILE SOURCE_FOLDER; exits 77 where there is no Doxygen
set -u
doxyfile=$1 source=$2
case $doxyfile in /*) ;; *) doxyfile=$PWD/$doxyfile ;; esac
if ! command -v doxygen >/dev/null || [ ! -f "$doxyfile" ]; then
    echo "skipped: no doxygen"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# make_pages HEADERS OUTPUT: what Doxygen says is in `said`.
make_pages() {
    { cat "$doxyfile"
      echo "WARN_AS_ERROR = FAIL_ON_WARNINGS"
      echo "INPUT = $1 $source/include/api/pages.dox"
      echo "STRIP_FROM_PATH = $1"
      echo "STRIP_FROM_INC_PATH = $1"
      echo "OUTPUT_DIRECTORY = $2"; } >"$folder/Doxyfile"
    mkdir -p "$2"
    sh "$source/include/api/build.sh" doxygen "$folder/Doxyfile" "$2" >"$folder/said" 2>&1
}

make_pages "$source/include/grokscope" "$folder/pages" ||
    fail "the headers miss something: $(head -20 "$folder/said")"
[ ! -s "$folder/said" ] || fail "doxygen says: $(head -20 "$folder/said")"
cd "$folder/pages" || exit 1

# Every header is on the opening page, once, with a page of its own.
count=0
for header in "$source"/include/grokscope/*.h; do
    name=$(basename "$header" .h)
    rows=$(grep -c "<tr><td>$name\.h<" "$source/include/api/pages.dox")
    [ "$rows" -eq 1 ] || fail "$name.h has $rows rows on the opening page"
    page=$(echo "$name" | sed 's/_/__/g')_8h.html
    grep -q "href=\"$page\"" index.html || fail "the opening page does not link to $page"
    count=$((count + 1))
done

# Every macro, enumerator, function and type that a header declares is in the lists of
# names: what turns comments into documentation has lost none of them.
sed -n -e 's/^#define \(GSC_[A-Za-z0-9_]*\).*/\1/p' -e 's/^} \(gsc_[a-z0-9_]*\);/\1/p' \
    -e 's/^    \(GSC_[A-Z0-9_]*\)\([ ,].*\)\{0,1\}$/\1/p' \
    -e 's/^\([a-z].*[ *]\)\{0,1\}\(gsc_[a-z0-9_]*\)(.*/\2/p' \
    "$source"/include/grokscope/*.h | sort -u >../declared
grep -oh '[gG][sS][cC]_[A-Za-z0-9_]*' globals*.html annotated.html | sort -u >../listed
comm -23 ../declared ../listed >../missing
[ ! -s ../missing ] || fail "names that no list has: $(cat ../missing)"

# Links lead to pages that there are, and to places in them.
grep -o 'href="[^"]*"' ./*.html | sed 's/^[^:]*:href="//; s/"$//' | sort -u >../links
grep -E '^[a-z]*:|^//' ../links && fail "a page leads elsewhere"
grep -E -l '<script|<img|src=' ./*.html && fail "a page has a script or a picture"
sed 's/#.*//' ../links | sort -u | while read -r page; do
    [ -z "$page" ] || [ -f "$page" ] || echo "$page"
done >../missing
[ ! -s ../missing ] || fail "links lead to pages that are not there: $(cat ../missing)"
grep -o ' id="[^"]*"' ./*.html | sed 's/^\.\///; s/: id="/#/; s/"$//' | sort -u >../places
grep '.#' ../links | comm -23 - ../places >../missing
[ ! -s ../missing ] || fail "links lead to places that are not there: $(cat ../missing)"

# refuses WHAT SED_SCRIPT HEADER: a copy of the headers, changed so, is refused, and what
# is said names what was added.
refuses() {
    rm -rf "$folder/copy"
    cp -R "$source/include/grokscope" "$folder/copy"
    sed "$2" "$source/include/grokscope/$3" >"$folder/copy/$3"
    cmp -s "$folder/copy/$3" "$source/include/grokscope/$3" && fail "$1: nothing was changed"
    make_pages "$folder/copy" "$folder/refused" && fail "$1 is taken"
    grep -q "copy/$3:[0-9]*: .*added" "$folder/said" ||
        fail "of $1 it says: $(head -20 "$folder/said")"
}
refuses "a function" 's/^\/\* Read a Cayley table/int gsc_added(void);\n\n&/' group.h
refuses "a release under another comment" \
    's/^int gsc_threads_open(.*/&\nvoid gsc_added_free(void);/' threads.h
refuses "a member" 's/^    size_t num_rows; .*/&\n    double added;/' table.h
refuses "an enumerator" 's/^    GSC_STATE_DOUBLES,/    GSC_added,\n&/' stage.h
refuses "a macro" 's/^\/\* The rule by which/#define GSC_added 3\n\n&/' fourier.h
refuses "a type" 's/^\/\* End the threads/typedef int gsc_added;\n\n&/' threads.h
refuses "a name that there is not" 's/^\/\* This thread.s last/\/* See gsc_added. Last/' error.h

echo "$count headers, $(wc -l <../declared) names, $(ls ./*.html | wc -l) pages," \
    "$(wc -l <../links) links; 7 copies refused"
