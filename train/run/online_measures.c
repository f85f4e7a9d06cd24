/* Measures that are asked of weights in training, through what the trainer is handed.
 */
#include "grokscope/online_measures.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

int
gsc_online_open(gsc_online *online, const gsc_online_measures *measures,
                const char *list)
{
    int status = 0;
    gsc_online_table table;
    *online = (gsc_online){.measures = measures, .step = -1};
    if (*list == '\0')
        return 0;
    if (!measures)
        return gsc_fail(GSC_EARGUMENT,
                        "measure: '%s', but this trainer was handed no measures", list);
    GSC_TRY(measures->open(measures->registry, list, &online->asked));
    size_t count = 0;
    while (measures->table(online->asked, count, &table))
        count++;
    GSC_NEW(online->rows, count);
    for (; online->count < count; online->count++) {
        measures->table(online->asked, online->count, &table);
        GSC_NEW(online->rows[online->count], table.num_columns);
    }
out:
    if (status < 0)
        gsc_online_close(online);
    return status;
}

void
gsc_online_close(gsc_online *online)
{
    for (size_t i = 0; i < online->count; i++)
        free(online->rows[i]);
    free(online->rows);
    if (online->asked)
        online->measures->close(online->asked);
    *online = (gsc_online){.count = 0};
}

gsc_online_table
gsc_online_table_at(const gsc_online *online, size_t index)
{
    gsc_online_table table = {.name = NULL};
    online->measures->table(online->asked, index, &table);
    return table;
}

int
gsc_online_begin(gsc_online *online, const gsc_network *network, char *config_json,
                 void *first)
{
    online->step = -1;
    return online->count > 0
               ? online->measures->begin(online->asked, network, config_json, first)
               : 0;
}

int
gsc_online_ask(gsc_online *online, int64_t step, void *weights, gsc_threads *threads)
{
    if (online->count == 0 || online->step == step)
        return 0;
    online->step = -1;
    int status =
        online->measures->fill(online->asked, step, weights, threads, online->rows);
    if (status == 0)
        online->step = step;
    return status;
}

void
gsc_online_keep(gsc_online *online)
{
    if (online->count > 0)
        online->measures->keep(online->asked);
}

const double *
gsc_online_before(const gsc_online *online, int64_t step, int64_t *before)
{
    return online->count > 0 ? online->measures->before(online->asked, step, before)
                             : NULL;
}

int
gsc_online_restore(gsc_online *online, int64_t before, const double *weights)
{
    return online->count > 0 ? online->measures->restore(online->asked, before, weights)
                             : 0;
}
