# The pages of the public headers: run Doxygen, whose warnings are errors, and leave only
# what the pages use of what it writes.
# usage: build.sh DOXYGEN DOXYFILE FOLDER
set -eu
"$1" "$2"
rm -f "$3"/*.js "$3"/*.png "$3"/*.svg "$3"/tabs.css "$3"/dir_*.html
