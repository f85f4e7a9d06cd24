# Write the page as an array of C; NULL where there is none.
#   cmake -D PAGE=page.html -D OUTPUT=page.c -P embed.cmake
set(bytes "")
if(EXISTS "${PAGE}")
  file(READ "${PAGE}" bytes HEX)
endif()
if(bytes STREQUAL "")
  file(WRITE "${OUTPUT}" "extern const char *const gsc_report_page;
const char *const gsc_report_page = 0;\n")
  return()
endif()
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUTPUT}" "extern const char *const gsc_report_page;
static const unsigned char page[] = {
${bytes}
0};
const char *const gsc_report_page = (const char *)page;\n")
