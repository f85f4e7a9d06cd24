/* Where data files lie, and which there are. */
#ifndef GSC_DATA_DATA_FILES_H
#define GSC_DATA_DATA_FILES_H

enum { GSC_DATA_PATH_BYTES = 4096 };

/* The folder of a set of data: `asked` where it is not "", else the folder `name` in
 * $GROKSCOPE_DATA. GSC_EARGUMENT where it is in neither, with `fetch`, what to do about
 * it; of `asked` nothing is checked. */
int gsc_find_data(const char *asked, const char *name, const char *fetch,
                  char folder[GSC_DATA_PATH_BYTES]);

/* Call `read` with the path of each file of a folder that ends so, in the order of
 * their names; without the folder there are none. Its first failure ends the calls. */
int gsc_each_file(const char *folder, const char *ending,
                  int (*read)(void *context, const char *path), void *context);

#endif
