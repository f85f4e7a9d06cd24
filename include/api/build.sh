# The pages of the public headers: run Doxygen, and leave of what it writes only what
# the pages use: no scripts, no pictures.
# usage: build.sh DOXYGEN DOXYFILE FOLDER
set -eu
"$1" "$2"
cd "$3"
sed -i.before -e 's/ File Reference</</' -e 's/ Struct Reference</</' \
    -e 's/ Union Reference</</' \
    -e 's|<div class="title">\([^<]*\)</div>|<h1 class="title">\1</h1>|' ./*.html
rm -f ./*.before ./*.js ./*.png ./*.svg tabs.css dir_*.html
