# Notes in OUTPUT whether PAGE is there; the file changes only where that does.
set(found no)
if(EXISTS ${PAGE})
  set(found yes)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "${found}\n")
