/* What a run in training takes from the files of a run: its own, to go on, or
 * another's, to fork from it. */
#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"
#include "grokscope/weights.h"

#include "train/checkpoint/run_fork.h"
#include "train/run/provenance.h"
#include "train/run/schedule.h"
#include "train/run/training.h"
#include "train/run/transplant.h"
#include "train/task/characters.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char gsc_fork_note[] = "forked_from";
const char gsc_state_end[] = "end", gsc_state_before[] = "measured_before",
           gsc_state_step_before[] = "step_before";

static int
copy_tensor(const char *name, const gsc_tensor *from, gsc_type type, size_t count,
            void *to)
{
    if (!from || from->type != type || gsc_shape_count(from->shape) != count)
        return gsc_fail(GSC_EFORMAT, "%s is %s", name,
                        from ? "of another size or type than the run's" : "missing");
    memcpy(to, from->data, count * gsc_type_size(type));
    return 0;
}

static const gsc_tensor *
find_state(const gsc_checkpoint *c, const char *name)
{
    for (size_t i = 0; i < c->num_state; i++)
        if (strcmp(c->state[i].name, name) == 0)
            return &c->state[i];
    return NULL;
}

static const char *
find_fork(const gsc_checkpoint *c)
{
    for (size_t i = 0; i < c->num_provenance; i++)
        if (strcmp(c->provenance[i].name, gsc_fork_note) == 0)
            return c->provenance[i].text;
    return NULL;
}

/* What the measures know of the run: how it began, and the step before this one. */
static int
restore_online(gsc_training *t, const gsc_checkpoint *c, const char *folder)
{
    int status = 0;
    char first[GSC_PATH_BYTES];
    const gsc_tensor *before = find_state(c, gsc_state_before);
    double step;
    if (t->online.count == 0)
        return 0;
    GSC_TRY(gsc_run_step_path(folder, 0, first));
    GSC_TRY(gsc_weights_read(t->network.model.graph, first, t->type, t->next));
    GSC_TRY(gsc_online_begin(&t->online, &t->network, t->config_json, t->next));
    if (!before)
        return 0;
    GSC_TRY(copy_tensor(gsc_state_step_before, find_state(c, gsc_state_step_before),
                        GSC_FLOAT64, 1, &step));
    if (before->type != GSC_FLOAT64 ||
        gsc_shape_count(before->shape) != t->optimizer.num_weights)
        return gsc_fail(GSC_EFORMAT, "%s is of another size or type", gsc_state_before);
    GSC_TRY(gsc_online_restore(&t->online, (int64_t)step, before->data));
out:
    return status;
}

/* A split may come from a file, which may be another by now. */
static int
check_split(const gsc_training *t, const gsc_checkpoint *c)
{
    const gsc_split *had = gsc_dataset_split(&c->dataset, "train");
    const gsc_split *has = gsc_dataset_split(&t->network.dataset, "train");
    bool same = (had != NULL) == (has != NULL);
    if (had && has)
        same =
            had->count == has->count &&
            memcmp(had->indices, has->indices, has->count * sizeof *has->indices) == 0;
    return same
               ? 0
               : gsc_fail(GSC_EARGUMENT, "split_file: no longer the order of this run");
}

/* And so may its group. */
static int
check_group(const gsc_training *t, const gsc_checkpoint *c)
{
    int status = 0;
    gsc_binary_table had, has;
    bool found, finds;
    GSC_TRY(gsc_binary_table_read(&c->facets, &had, &found));
    GSC_TRY(gsc_binary_table_read(&t->network.facets, &has, &finds));
    if (found && finds && had.group_table && has.group_table &&
        (had.n != has.n || memcmp(had.group_table, has.group_table,
                                  had.n * had.n * sizeof *had.group_table) != 0))
        status = gsc_fail(GSC_EARGUMENT, "group_file: no longer the group of this run");
out:
    return status;
}

/* So may the files that fields lie in: with other examples the run would go on as
 * another one. */
static int
check_sources(const gsc_training *t, const gsc_checkpoint *c)
{
    const gsc_dataset *had = &c->dataset, *has = &t->network.dataset;
    for (size_t i = 0; i < had->num_fields && i < has->num_fields; i++)
        if (strcmp(had->sources[i].sha256, has->sources[i].sha256) != 0)
            return gsc_fail(GSC_EFORMAT,
                            "/data/%s: %s is another file now: its SHA-256 is %.12s…, "
                            "but this run began with %.12s…; put that file back",
                            had->fields[i].name, has->sources[i].path,
                            has->sources[i].sha256, had->sources[i].sha256);
    return 0;
}

/* And so may the file of a text, which lies in no field. */
static int
check_text(const gsc_training *t, const gsc_checkpoint *c)
{
    int status = 0;
    const char *had, *has;
    const gsc_facet *before = gsc_facets_find(&c->facets, GSC_CHARACTERS);
    const gsc_facet *now = gsc_facets_find(&t->network.facets, GSC_CHARACTERS);
    if (!before || !now)
        return 0;
    GSC_TRY(gsc_facet_text(before, "sha256", &had));
    GSC_TRY(gsc_facet_text(now, "sha256", &has));
    if (strcmp(had, has) != 0)
        status = gsc_fail(GSC_EFORMAT,
                          "data: the text is another file now: its SHA-256 is %.12s…, "
                          "but this run began with %.12s…; put that file back",
                          has, had);
out:
    return status;
}

/* The scheduled step before the one that the run is at, of those that have a file in
 * the folder, or -1. */
static int
find_saved_before(gsc_training *t)
{
    int status = 0;
    int64_t *steps = NULL;
    size_t count;
    GSC_TRY(gsc_run_steps(t->options->folder, &steps, &count));
    t->saved_before = -1;
    for (size_t i = 0; i < count && steps[i] < t->step; i++)
        if (gsc_schedule_due(t->network.config.run.checkpoints, steps[i]))
            t->saved_before = steps[i];
out:
    free(steps);
    return status;
}

/* The same bits come only from the same build, libraries and instruction set. */
static int
warn_of_changes(const gsc_training *t, const gsc_checkpoint *c)
{
    int status = 0;
    const gsc_train_options *o = t->options;
    gsc_text changes = {0}, warning = {0};
    GSC_TRY(gsc_provenance_add_changes(c->provenance, c->num_provenance, o->provenance,
                                       o->num_provenance, &changes));
    if (changes.length == 0 || !o->warn)
        goto out;
    GSC_TRY(gsc_text_add(&warning,
                         "goes on from step %lld, but not bit for bit as it would have "
                         "where it began: %s",
                         (long long)c->step, changes.data));
    o->warn(o->context, warning.data);
out:
    gsc_text_free(&changes);
    gsc_text_free(&warning);
    return status;
}

/* A run that was forked notes so in all of its files. */
static int
note_fork(gsc_training *t, const char *from)
{
    t->forked_from = gsc_copy_text(from);
    if (!t->forked_from)
        return GSC_EMEMORY;
    t->notes[t->num_notes++] = (gsc_provenance_item){gsc_fork_note, t->forked_from};
    return 0;
}

static int
take_state(gsc_training *t, const gsc_checkpoint *c)
{
    int status = 0;
    GSC_TRY(gsc_weights_place(t->network.model.graph, c, t->type, t->weights));
    GSC_TRY(gsc_optimizer_restore(&t->optimizer, c->state, c->num_state));
    GSC_TRY(copy_tensor(gsc_state_end, find_state(c, gsc_state_end), GSC_FLOAT64, 1,
                        &t->end));
    t->step = c->step;
out:
    return status;
}

int
gsc_training_restore(gsc_training *t, bool *found)
{
    int status = 0;
    gsc_checkpoint c = {.num_params = 0};
    gsc_config before = {.registry = t->network.config.registry};
    GSC_TRY(gsc_run_read_resume(t->options->folder, &c, found));
    if (!*found)
        goto out;
    GSC_TRY(gsc_config_from_json(&before, c.config));
    GSC_TRY(gsc_config_continues(&t->network.config, &before));
    GSC_TRY(check_split(t, &c));
    GSC_TRY(check_group(t, &c));
    GSC_TRY(check_sources(t, &c));
    GSC_TRY(check_text(t, &c));
    status = take_state(t, &c);
    if (status == 0)
        status = gsc_history_restore(&t->history, c.history, c.num_tables);
    if (status < 0) {
        status = gsc_fail_in(status, "resume.h5");
        goto out;
    }
    GSC_TRY(gsc_triggers_replay(&t->triggers, &t->history, c.step));
    GSC_TRY(restore_online(t, &c, t->options->folder));
    GSC_TRY(warn_of_changes(t, &c));
    GSC_TRY(find_saved_before(t));
    const char *from = find_fork(&c);
    if (from)
        GSC_TRY(note_fork(t, from));
    GSC_TRY(gsc_training_keep_transplant_note(t, &c));
    /* A run that a condition ended goes on where others are asked for: they are judged
     * anew at this step. */
    if (t->end > GSC_END_STEPS && !gsc_config_stops_alike(&t->network.config, &before))
        t->end = -1;
out:
    gsc_checkpoint_free(&c);
    return status;
}

/* ---- Another run's ---- */

/* A file that first weights come from is the run's own. */
static int
check_source(const char *option, const char *wanted, const char *had)
{
    if (*wanted && strcmp(wanted, had) != 0)
        return gsc_fail(
            GSC_EARGUMENT,
            "%s: '%s', but a fork has the weights of its run; leave out the "
            "one or the other",
            option, wanted);
    return 0;
}

/* Its weights are those of the run, `scale` times as large: the ratio of both
 * init_scale. */
static int
compare_beginnings(const gsc_training *t, const gsc_checkpoint *c, double *scale)
{
    int status = 0;
    const gsc_init_config *wanted = &t->network.config.init;
    gsc_config before = {.registry = t->network.config.registry};
    GSC_TRY(gsc_config_from_json(&before, c->config));
    double new = wanted->init_scale, old = before.init.init_scale;
    *scale = new == old ? 1 : new / old;
    if (new != old && old == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "init_scale: %g, but the run's own is 0, and its weights have "
                        "no ratio to it; leave it out",
                        new);
    if (new != old && strstr(t->network.config.optimizer.projections, "fixed_norm"))
        return gsc_fail(GSC_EARGUMENT,
                        "init_scale: %g, but fixed_norm holds the length that the run "
                        "began with; leave out the one or the other",
                        new);
    if (new != old && gsc_optimizer_makes_weights(&t->optimizer))
        return gsc_fail(GSC_EARGUMENT,
                        "init_scale: %g, but edge_popup keeps the weights that its "
                        "run began with; leave out the one or the other",
                        new);
    GSC_TRY(check_source("init_from", wanted->init_from, before.init.init_from));
    GSC_TRY(check_source("embed_from", wanted->embed_from, before.init.embed_from));
out:
    return status;
}

static int
check_place(const gsc_training *t, const gsc_checkpoint *c, const char *from)
{
    struct stat a, b;
    const gsc_train_options *o = t->options;
    if (stat(from, &a) == 0 && stat(o->folder, &b) == 0 && a.st_dev == b.st_dev &&
        a.st_ino == b.st_ino)
        return gsc_fail(GSC_EARGUMENT,
                        "fork: %s is the folder that is forked from; save the fork in "
                        "another one, or continue the run with --resume",
                        o->folder);
    if (c->step >= t->network.config.run.steps)
        return gsc_fail(GSC_EARGUMENT,
                        "steps: %lld, but the fork begins at step %lld; --steps says "
                        "how far it goes",
                        (long long)t->network.config.run.steps, (long long)c->step);
    return 0;
}

/* "DIR@STEP", and where that was a fork itself what it came from. */
static int
add_origin(const gsc_checkpoint *c, const char *from, gsc_text *text)
{
    int status = 0;
    const char *former = find_fork(c);
    GSC_TRY(gsc_text_add(text, "%s@%lld", from, (long long)c->step));
    if (former)
        GSC_TRY(gsc_text_add(text, "; %s", former));
out:
    return status;
}

/* What the run itself began with is a part of its weights by now. */
static int
transplant_at_fork(gsc_training *t, const gsc_checkpoint *c)
{
    int status = 0;
    const gsc_init_config *wanted = &t->network.config.init;
    gsc_config before = {.registry = t->network.config.registry};
    GSC_TRY(gsc_config_from_json(&before, c->config));
    if (gsc_same_transplant(wanted, &before.init))
        return gsc_training_keep_transplant_note(t, c);
    if (gsc_optimizer_makes_weights(&t->optimizer))
        return gsc_fail(GSC_EARGUMENT,
                        "transplant: edge_popup keeps the weights that its run began "
                        "with; leave out the one or the other");
    GSC_TRY(gsc_training_transplant(t));
out:
    return status;
}

int
gsc_training_fork(gsc_training *t)
{
    int status = 0;
    const char *source = t->options->fork;
    char from[GSC_PATH_BYTES];
    gsc_checkpoint c = {.num_params = 0};
    gsc_text origin = {0};
    double scale;
    GSC_TRY(gsc_run_read_state(source, &c, from));
    GSC_TRY(check_place(t, &c, from));
    GSC_TRY(compare_beginnings(t, &c, &scale));
    status = take_state(t, &c);
    if (status == GSC_EFORMAT)
        status = gsc_fail(GSC_EARGUMENT,
                          "%s: %s; a fork has the weights and the optimizer's state in "
                          "common with its run; --init-from takes over weights alone",
                          source, gsc_error_text());
    GSC_TRY(status);
    gsc_training_scale_weights(t, scale);
    GSC_TRY(transplant_at_fork(t, &c));
    t->end = -1;
    t->saves_first = true;
    GSC_TRY(gsc_history_adopt(&t->history, c.history, c.num_tables, c.step));
    GSC_TRY(gsc_triggers_replay(&t->triggers, &t->history, c.step));
    GSC_TRY(restore_online(t, &c, from));
    GSC_TRY(warn_of_changes(t, &c));
    GSC_TRY(add_origin(&c, from, &origin));
    GSC_TRY(note_fork(t, origin.data));
out:
    gsc_text_free(&origin);
    gsc_checkpoint_free(&c);
    return status;
}

int
gsc_training_adopt_steps(gsc_training *t)
{
    int status = 0;
    int64_t step;
    char from[GSC_PATH_BYTES];
    GSC_TRY(gsc_run_split_source(t->options->fork, from, &step));
    GSC_TRY(gsc_run_adopt_steps(t->options->folder, from, t->step));
    GSC_TRY(find_saved_before(t));
out:
    return status;
}
