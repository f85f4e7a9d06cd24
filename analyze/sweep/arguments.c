/* The command line of grokscope-sweep. */
#include "analyze/sweep/arguments.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* The value of option `name` at word i, and how many words it takes; NULL for another.
 */
static char *
value_of(int argc, char **argv, int i, const char *name, int *taken)
{
    size_t length = strlen(name);
    if (strncmp(argv[i], name, length) != 0)
        return NULL;
    *taken = argv[i][length] == '=' ? 1 : 2;
    if (argv[i][length] == '=')
        return argv[i] + length + 1;
    return argv[i][length] == '\0' && i + 1 < argc ? argv[i + 1] : NULL;
}

static bool
is_number(const char *text)
{
    int64_t number;
    return text && gsc_text_to_integer(text, &number) == 0;
}

static bool
is_of_array(int argc, char **argv)
{
    int taken;
    for (int i = 1; i < argc; i++)
        if (is_number(value_of(argc, argv, i, "--task", &taken)))
            return true;
    return false;
}

static char array_part[] = "--part", array_parts[] = "--parts",
            vary_option[] = "--vary";

/* Take one word, or an option with its value; the index of the next. */
static int
take(gsc_sweep_arguments *self, int argc, char **argv, int i, bool of_array, int *next)
{
    int status = 0, taken = 1;
    char *value = value_of(argc, argv, i, vary_option, &taken);
    char *part = of_array ? value_of(argc, argv, i, "--task", &taken) : NULL;
    char *parts = of_array ? value_of(argc, argv, i, "--tasks", &taken) : NULL;
    *next = i + 1;
    if (value)
        GSC_TRY(gsc_text_add(&self->vary, "%s%s", self->vary.length > 0 ? "\n" : "",
                             value));
    if (part || parts) {
        self->words[self->count++] = part ? array_part : array_parts;
        self->words[self->count++] = part ? part : parts;
    }
    if (value || part || parts)
        *next = i + taken;
    else
        self->words[self->count++] = argv[i];
out:
    return status;
}

int
gsc_sweep_arguments_init(gsc_sweep_arguments *self, int argc, char **argv)
{
    int status = 0, next;
    bool of_array = is_of_array(argc, argv);
    *self = (gsc_sweep_arguments){.count = 0};
    GSC_NEW(self->words, 2 * (size_t)argc + 3);
    self->words[self->count++] = argv[0];
    for (int i = 1; i < argc; i = next)
        GSC_TRY(take(self, argc, argv, i, of_array, &next));
    if (self->vary.length > 0) {
        self->words[self->count++] = vary_option;
        self->words[self->count++] = self->vary.data;
    }
out:
    return status;
}

void
gsc_sweep_arguments_free(gsc_sweep_arguments *self)
{
    gsc_text_free(&self->vary);
    free(self->words);
    *self = (gsc_sweep_arguments){.count = 0};
}
