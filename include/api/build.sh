# The pages of the public headers: run Doxygen, whose warnings are errors, and leave only
# what the pages use of what it writes.
# usage: build.sh DOXYGEN DOXYFILE FOLDER
set -eu
"$1" "$2"
cd "$3"
sed -i.before -e 's/ File Reference</</' -e 's/ Struct Reference</</' \
    -e 's/ Union Reference</</' ./*.html
rm -f ./*.before ./*.js ./*.png ./*.svg tabs.css dir_*.html
