/* Portraits of many checkpoints. */
#include "analyze/compare/album.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/tool/jobs.h"

#include <stdlib.h>
#include <string.h>

/* ---- Tables ---- */

static int
find_table(gsc_album *album, const gsc_text *name, size_t n, size_t *index)
{
    int status = 0;
    for (*index = 0; *index < album->num_tables; ++*index)
        if (strcmp(album->tables[*index].name.data, name->data) == 0)
            return 0;
    gsc_album_table *table = &album->tables[album->num_tables++];
    GSC_TRY(gsc_text_add(&table->name, "%s", name->data));
    GSC_NEW(table->members, album->count);
    table->n = n;
out:
    return status;
}

/* Which pairs each checkpoint is about, from its configuration. */
static int
sort_input(gsc_album *album, size_t i, const char *path)
{
    int status = 0;
    gsc_checkpoint checkpoint = {.step = 0};
    gsc_text name = {0};
    size_t n;
    album->table_of[i] = GSC_NO_TABLE;
    GSC_TRY(gsc_checkpoint_read(&checkpoint, path, 0));
    status = gsc_portrait_table(checkpoint.config, &name, &n);
    if (status < 0)
        GSC_TRY(gsc_fail_in(status == GSC_EMEMORY ? status : GSC_EFORMAT, path));
    if (n > 0) {
        GSC_TRY(find_table(album, &name, n, &album->table_of[i]));
        gsc_album_table *table = &album->tables[album->table_of[i]];
        album->place_of[i] = table->count;
        table->members[table->count++] = i;
    }
out:
    gsc_text_free(&name);
    gsc_checkpoint_free(&checkpoint);
    return status;
}

static int
sort_inputs(gsc_album *album, const gsc_inputs *inputs)
{
    int status = 0;
    GSC_NEW(album->table_of, album->count);
    GSC_NEW(album->place_of, album->count);
    GSC_NEW(album->tables, album->count);
    for (size_t i = 0; i < album->count; i++)
        GSC_TRY(sort_input(album, i, inputs->items[i].path));
    for (size_t t = 0; t < album->num_tables; t++) {
        gsc_album_table *table = &album->tables[t];
        GSC_TRY(gsc_logit_stack_init(&table->stack, table->count, table->n * table->n,
                                     table->n));
    }
out:
    return status;
}

/* ---- Portraits ---- */

typedef struct drawing {
    gsc_album *album;
    const gsc_inputs *inputs;
    const gsc_album_options *options;
} drawing;

static int
draw(void *context, size_t i, gsc_threads *threads)
{
    int status = 0;
    (void)threads;
    const drawing *d = context;
    gsc_album *album = d->album;
    gsc_subject subject = {.weights = NULL};
    const char *path = d->inputs->items[i].path;
    bool has_stack = album->table_of && album->table_of[i] != GSC_NO_TABLE;
    gsc_logit_stack *stack =
        has_stack ? &album->tables[album->table_of[i]].stack : NULL;
    GSC_TRY(gsc_subject_open(&subject, path));
    status =
        gsc_portrait_init(&album->portraits[i], &subject, path, &d->options->portrait,
                          stack, has_stack ? album->place_of[i] : 0);
    if (status < 0)
        status = gsc_fail_in(status, path);
out:
    gsc_subject_close(&subject);
    return status;
}

static int
draw_all(gsc_album *album, const gsc_inputs *inputs, const gsc_album_options *options)
{
    int status = 0;
    drawing d = {album, inputs, options};
    const gsc_jobs jobs = {.count = album->count,
                           .work = draw,
                           .context = &d,
                           .threads = options->threads,
                           .what = "reading checkpoints",
                           .show = options->show,
                           .show_context = options->context};
    GSC_NEW(album->portraits, album->count);
    GSC_TRY(gsc_jobs_run(&jobs));
out:
    return status;
}

/* Rows that stand beside each other are of one type. */
static int
widen(gsc_album *album)
{
    int status = 0;
    bool any = false;
    for (size_t i = 0; i < album->count; i++)
        any = any || album->portraits[i].type == GSC_FLOAT64;
    for (size_t i = 0; any && i < album->count; i++)
        GSC_TRY(gsc_portrait_widen(&album->portraits[i]));
out:
    return status;
}

int
gsc_album_init(gsc_album *album, const gsc_inputs *inputs,
               const gsc_album_options *options)
{
    int status = 0;
    *album = (gsc_album){.count = inputs->count};
    if (!options->portrait.of_weights)
        GSC_TRY(sort_inputs(album, inputs));
    GSC_TRY(draw_all(album, inputs, options));
    GSC_TRY(widen(album));
out:
    if (status < 0)
        gsc_album_free(album);
    return status;
}

void
gsc_album_free(gsc_album *album)
{
    for (size_t i = 0; album->portraits && i < album->count; i++)
        gsc_portrait_free(&album->portraits[i]);
    for (size_t t = 0; t < album->num_tables; t++) {
        gsc_text_free(&album->tables[t].name);
        free(album->tables[t].members);
        gsc_logit_stack_free(&album->tables[t].stack);
    }
    free(album->portraits);
    free(album->table_of);
    free(album->place_of);
    free(album->tables);
    *album = (gsc_album){0};
}
