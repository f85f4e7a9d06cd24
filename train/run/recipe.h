/* Where recipes lie. */
#ifndef GSC_RUN_RECIPE_H
#define GSC_RUN_RECIPE_H

enum { GSC_RECIPE_PATH_BYTES = 4096 };

/* The file that `recipe` is, or the shipped one of that name. GSC_EARGUMENT where there
 * is neither, with the nearest name. */
int gsc_recipe_find(const char *recipe, char path[GSC_RECIPE_PATH_BYTES]);

#endif
