/* A program's options as the completion of bash reads them. */
#include "completion.h"

#include "grokscope/error.h"

#include <string.h>

/* Choices are each followed by a '|', which tells them from what stands for a value. A
 * value that may be left out begins with a '='. */
static int
add_value(const gsc_key *key, gsc_text *text)
{
    int status = 0;
    static const char *const truths[] = {"yes", "no", NULL};
    const char *const *choices = key->type == GSC_KEY_CHOICE ? key->choices
                                 : key->type == GSC_KEY_BOOL ? truths
                                                             : NULL;
    if (key->type == GSC_KEY_FLAG)
        return 0;
    GSC_TRY(gsc_text_add(text, " %s%s", key->implied ? "=" : "",
                         choices ? "" : gsc_keys_value_name(key)));
    for (size_t i = 0; choices && choices[i]; i++)
        GSC_TRY(gsc_text_add(text, "%s|", choices[i]));
out:
    return status;
}

static int
add_option(const gsc_key *key, gsc_text *text)
{
    int status = 0;
    if (key->letter) {
        GSC_TRY(gsc_text_add(text, "-%c", key->letter));
        GSC_TRY(add_value(key, text));
        GSC_TRY(gsc_text_add(text, "\n"));
    }
    GSC_TRY(gsc_keys_add_option(key->name, text));
    GSC_TRY(add_value(key, text));
    GSC_TRY(gsc_text_add(text, "\n"));
out:
    return status;
}

int
gsc_completion_add(const gsc_program *program, const gsc_keys *sets, size_t num_sets,
                   gsc_text *text)
{
    int status = 0;
    bool takes_recipe = strstr(program->synopsis, "RECIPE") != NULL;
    GSC_TRY(gsc_text_add(text,
                         "# The options of %s; the file grokscope beside this one "
                         "reads them.\n"
                         "declare -F _grokscope >/dev/null ||\n"
                         "    . \"${BASH_SOURCE[0]%%/*}/grokscope\"\n"
                         "_grokscope_options[%s]='%s\n",
                         program->name, program->name,
                         takes_recipe ? "RECIPE" : "FILE"));
    for (size_t s = 0; s < num_sets; s++)
        for (size_t i = 0; i < sets[s].num_rows; i++)
            GSC_TRY(add_option(&sets[s].rows[i], text));
    GSC_TRY(
        gsc_text_add(text, "'\ncomplete -o default -F _grokscope %s\n", program->name));
out:
    return status;
}
