/* What the first comment lines of a recipe say of it. */
#include "grokscope/config.h"
#include "grokscope/text.h"

#include "train/run/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 1 << 20 };

/* Copy a line from `text` on, without the blanks before it. */
static void
copy_line(const char *text, char *line, size_t bytes)
{
    text += strspn(text, " ");
    snprintf(line, bytes, "%.*s", (int)strcspn(text, "\r\n"), text);
}

/* The line "# topic: …" of the comments that begin a file. */
static void
read_topic(const char *text, gsc_recipe_header *header)
{
    static const char label[] = "# topic:";
    while (*text == '#') {
        if (strncmp(text, label, sizeof label - 1) == 0)
            copy_line(text + sizeof label - 1, header->topic, sizeof header->topic);
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}

int
gsc_config_recipe_header(const char *recipe, gsc_recipe_header *header)
{
    char path[GSC_RECIPE_PATH_BYTES], *text = NULL;
    size_t length;
    *header = (gsc_recipe_header){"", ""};
    int status = gsc_recipe_find(recipe, path);
    if (status == 0)
        status = gsc_text_read_file(path, HEADER_BYTES, &text, &length);
    if (status < 0)
        return status;
    if (*text == '#') {
        copy_line(text + 1, header->title, sizeof header->title);
        read_topic(text, header);
    }
    free(text);
    return 0;
}
