/* How often each split is evaluated. */
#include "train/run/evaluation.h"

#include "grokscope/error.h"
#include "grokscope/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* GSC_EARGUMENT for a name of `length` letters that no split has. */
static int
find_split(const gsc_dataset *dataset, const char *name, size_t length, size_t *split)
{
    int status = 0;
    gsc_text names = {0};
    for (*split = 0; *split < dataset->num_splits; (*split)++) {
        const char *own = dataset->splits[*split].name;
        if (strlen(own) == length && strncmp(own, name, length) == 0)
            goto out;
        GSC_TRY(gsc_text_add(&names, "%s%s", *split > 0 ? ", " : "", own));
    }
    status =
        gsc_fail(GSC_EARGUMENT, "evaluate_every: no split '%.*s'; this task has %s",
                 (int)length, name, names.length > 0 ? names.data : "none");
out:
    gsc_text_free(&names);
    return status;
}

/* "SPLIT:N"; *list goes on after it. */
static int
read_item(gsc_evaluation *e, const char **list, const gsc_dataset *dataset)
{
    int status = 0;
    size_t split, length = strcspn(*list, ":,");
    const char *number = *list + length + 1;
    char *end;
    if ((*list)[length] != ':' || !isdigit((unsigned char)*number))
        return gsc_fail(GSC_EARGUMENT,
                        "evaluate_every: '%s' is no SPLIT:N, as test:100", *list);
    GSC_TRY(find_split(dataset, *list, length, &split));
    errno = 0;
    e->every[split] = strtoll(number, &end, 10);
    if (errno || e->every[split] < 1 || (*end && *end != ','))
        return gsc_fail(GSC_EARGUMENT,
                        "evaluate_every: '%s' is no number of steps from 1", number);
    *list = *end ? end + 1 : end;
out:
    return status;
}

int
gsc_evaluation_read(gsc_evaluation *evaluation, const char *list,
                    const gsc_dataset *dataset)
{
    int status = 0;
    for (size_t i = 0; i < GSC_MAX_SPLITS; i++)
        evaluation->every[i] = 1;
    while (*list)
        GSC_TRY(read_item(evaluation, &list, dataset));
out:
    return status;
}
