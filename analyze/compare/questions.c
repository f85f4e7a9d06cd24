/* The examples that two networks are both asked. */
#include "analyze/compare/questions.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Pairs ---- */

int
gsc_questions_of_pairs(gsc_questions *questions, const gsc_grid *grid)
{
    int status = 0;
    size_t all = grid->n * grid->n;
    *questions = (gsc_questions){.grid = grid,
                                 .count = all,
                                 .num_rows = 1,
                                 .num_outputs = grid->n,
                                 .split_is_known = grid->split_is_known};
    GSC_NEW(questions->train, all);
    memcpy(questions->train, grid->train, all * sizeof *grid->train);
out:
    return status;
}

/* ---- What a network reads and answers ---- */

/* Neither a target nor a mask. */
static bool
is_input(const gsc_dataset *dataset, const gsc_field *field)
{
    for (size_t k = 0; k < dataset->num_targets; k++)
        if (strcmp(dataset->targets[k].field, field->name) == 0 ||
            strcmp(dataset->targets[k].mask, field->name) == 0)
            return false;
    return true;
}

/* "tokens [18] below 12" */
static int
describe_field(const gsc_field *field, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "%s ", field->name));
    GSC_TRY(gsc_shape_add(field->shape, text));
    if (field->num_values > 0)
        GSC_TRY(gsc_text_add(text, " below %zu", field->num_values));
out:
    return status;
}

static gsc_alike
alike_of(const gsc_dataset *dataset, const gsc_target *target)
{
    const gsc_field *answer = gsc_dataset_find(dataset, target->field);
    if (strcmp(target->loss, "hinge") == 0 ||
        strcmp(target->loss, "binary_cross_entropy") == 0)
        return GSC_ALIKE_SIGN;
    if (target->num_templates > 0)
        return GSC_ALIKE_TEMPLATE;
    return answer && answer->num_values > 0 ? GSC_ALIKE_LARGEST : GSC_ALIKE_DISTANCE;
}

int
gsc_questions_describe(const gsc_dataset *dataset, gsc_text *text)
{
    static const char *const kinds[] = {"labels", "signs", "templates", "numbers"};
    int status = 0;
    size_t width;
    if (dataset->num_targets == 0)
        return 0;
    GSC_TRY(gsc_model_width(dataset, &width));
    for (size_t i = 0; i < dataset->num_fields; i++) {
        if (!is_input(dataset, &dataset->fields[i]))
            continue;
        GSC_TRY(describe_field(&dataset->fields[i], text));
        GSC_TRY(gsc_text_add(text, ", "));
    }
    const gsc_target *first = &dataset->targets[0];
    GSC_TRY(gsc_text_add(text, "%zu rows of %zu %s", first->num_positions, width,
                         kinds[alike_of(dataset, first)]));
out:
    return status;
}

/* What a network reads, examples of another dataset have to have. */
static int
check_inputs(const gsc_dataset *own, const gsc_dataset *asked)
{
    int status = 0;
    gsc_text text = {0};
    for (size_t i = 0; i < own->num_fields; i++) {
        const gsc_field *mine = &own->fields[i];
        const gsc_field *other = gsc_dataset_find(asked, mine->name);
        bool same = other && gsc_shape_equal(mine->shape, other->shape) &&
                    mine->num_values == other->num_values;
        if (same || !is_input(own, mine))
            continue;
        GSC_TRY(describe_field(mine, &text));
        GSC_TRY(gsc_text_add(&text, ", but the examples have "));
        GSC_TRY(other ? describe_field(other, &text)
                      : gsc_text_add(&text, "no such field"));
        GSC_TRY(gsc_fail(GSC_EARGUMENT, "one network reads %s", text.data));
    }
out:
    gsc_text_free(&text);
    return status;
}

/* ---- What a network was trained on ---- */

/* An example by the values of its inputs. */
typedef struct known {
    uint64_t hash;
    uint32_t example;
} known;

typedef struct reading {
    const gsc_dataset *own, *asked; /* the inputs are those of `own` */
} reading;

/* FNV-1a over the values as they are read, so that storage does not matter. */
static uint64_t
hash_example(const reading *r, const gsc_dataset *dataset, size_t example)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < r->own->num_fields; i++) {
        if (!is_input(r->own, &r->own->fields[i]))
            continue;
        const gsc_field *field = gsc_dataset_find(dataset, r->own->fields[i].name);
        size_t count = gsc_shape_count(field->shape);
        for (size_t k = 0; k < count; k++) {
            double value = gsc_field_element(field, example, k);
            uint64_t bits;
            memcpy(&bits, &value, sizeof bits);
            hash = (hash ^ bits) * 1099511628211u;
            hash ^= hash >> 32;
        }
    }
    return hash;
}

static bool
same_example(const reading *r, size_t own, size_t asked)
{
    for (size_t i = 0; i < r->own->num_fields; i++) {
        const gsc_field *x = &r->own->fields[i];
        const gsc_field *y = gsc_dataset_find(r->asked, x->name);
        size_t count = is_input(r->own, x) ? gsc_shape_count(x->shape) : 0;
        for (size_t k = 0; k < count; k++)
            if (gsc_field_element(x, own, k) != gsc_field_element(y, asked, k))
                return false;
    }
    return true;
}

static int
by_hash(const void *a, const void *b)
{
    uint64_t x = ((const known *)a)->hash, y = ((const known *)b)->hash;
    return (x > y) - (x < y);
}

/* The first of those with a hash, or where it would stand. */
static size_t
find_hash(const known *all, size_t count, uint64_t hash)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Examples of a dataset that one may look for by their inputs. */
typedef struct catalogue {
    reading r;
    size_t count;
    known *all; /* by their hashes */
} catalogue;

/* Some examples of `own`; NULL: all. */
static int
make_catalogue(catalogue *c, const gsc_dataset *own, const gsc_dataset *asked,
               const uint32_t *examples, size_t count)
{
    int status = 0;
    *c = (catalogue){{own, asked}, count, NULL};
    GSC_NEW(c->all, count);
    for (size_t i = 0; i < count; i++) {
        uint32_t example = examples ? examples[i] : (uint32_t)i;
        c->all[i] = (known){hash_example(&c->r, own, example), example};
    }
    if (count > 0)
        qsort(c->all, count, sizeof *c->all, by_hash);
out:
    return status;
}

/* Whether the catalogue has an example that is asked, and which it is there. */
static bool
look_up(const catalogue *c, size_t asked, uint32_t *own)
{
    if (c->count == 0)
        return false;
    uint64_t hash = hash_example(&c->r, c->r.asked, asked);
    size_t at = find_hash(c->all, c->count, hash);
    for (; at < c->count && c->all[at].hash == hash; at++)
        if (same_example(&c->r, c->all[at].example, asked)) {
            *own = c->all[at].example;
            return true;
        }
    return false;
}

static int
mark_train(gsc_questions *q, const gsc_dataset *own)
{
    int status = 0;
    uint32_t found;
    catalogue c = {.all = NULL};
    const gsc_split *train = gsc_dataset_split(own, "train");
    size_t count = train ? train->count : 0;
    q->split_is_known = count > 0 || own->stream.endless;
    GSC_NEW(q->train, q->count);
    GSC_TRY(make_catalogue(&c, own, q->dataset, train ? train->indices : NULL, count));
    for (size_t i = 0; i < q->count; i++)
        q->train[i] = look_up(&c, q->examples[i], &found);
out:
    free(c.all);
    return status;
}

static bool
same_target(const gsc_dataset *a, size_t of_a, const gsc_dataset *b, size_t of_b)
{
    const gsc_field *x = gsc_dataset_find(a, a->targets[0].field);
    const gsc_field *y = gsc_dataset_find(b, b->targets[0].field);
    if (!gsc_shape_equal(x->shape, y->shape))
        return false;
    for (size_t k = 0; k < gsc_shape_count(x->shape); k++)
        if (gsc_field_element(x, of_a, k) != gsc_field_element(y, of_b, k))
            return false;
    return true;
}

int
gsc_questions_same_answers(const gsc_questions *q, const gsc_dataset *other)
{
    int status = 0;
    uint32_t found;
    catalogue c = {.all = NULL};
    GSC_TRY(make_catalogue(&c, other, q->dataset, NULL, other->num_examples));
    for (size_t i = 0; i < q->count; i++)
        if (look_up(&c, q->examples[i], &found) &&
            !same_target(other, found, q->dataset, q->examples[i]))
            GSC_TRY(
                gsc_fail(GSC_EARGUMENT, "no line between networks of other answers"));
out:
    free(c.all);
    return status;
}

/* ---- Examples ---- */

/* Numbers that lie in other files may be gone; weights can be compared all the same. */
static int
load(const gsc_loaded_model *loaded)
{
    int status = gsc_loaded_model_data((gsc_loaded_model *)loaded);
    if (status == 0 || status == GSC_EMEMORY)
        return status;
    return gsc_fail(GSC_EARGUMENT, "%s", gsc_error_text());
}

static int
choose(gsc_questions *q, const gsc_questions *like)
{
    int status = 0;
    size_t all = q->dataset->num_examples;
    if (all == 0)
        return gsc_fail(GSC_EARGUMENT, "the dataset has no examples");
    q->count = all < GSC_MOST_QUESTIONS ? all : GSC_MOST_QUESTIONS;
    GSC_NEW(q->examples, q->count);
    for (size_t i = 0; i < q->count; i++)
        q->examples[i] =
            like ? like->examples[i] : (uint32_t)((uint64_t)i * all / q->count);
out:
    return status;
}

int
gsc_questions_of_examples(gsc_questions *questions, const gsc_loaded_model *loaded,
                          const gsc_questions *like)
{
    int status = 0;
    const gsc_dataset *own = &loaded->checkpoint.dataset;
    const gsc_output_node *first = &loaded->model.outputs[0];
    gsc_shape answer = gsc_graph_shape(loaded->model.graph, first->prediction);
    *questions = (gsc_questions){.dataset = like ? like->dataset : own,
                                 .num_rows = answer.dims[0],
                                 .num_outputs = answer.dims[1],
                                 .alike = alike_of(own, &first->target),
                                 .tolerance = first->target.tolerance};
    if (like && like->grid)
        return gsc_fail(GSC_EARGUMENT, "one network is asked pairs, and the other's "
                                       "data have no facet " GSC_BINARY_TABLE);
    GSC_TRY(load(loaded));
    GSC_TRY(check_inputs(own, questions->dataset));
    if (like)
        GSC_TRY(gsc_questions_match(like, questions));
    if (*questions->dataset->targets[0].mask)
        questions->mask =
            gsc_dataset_find(questions->dataset, questions->dataset->targets[0].mask);
    GSC_TRY(choose(questions, like));
    GSC_TRY(mark_train(questions, own));
out:
    if (status < 0)
        gsc_questions_free(questions);
    return status;
}

void
gsc_questions_free(gsc_questions *questions)
{
    free(questions->examples);
    free(questions->train);
    *questions = (gsc_questions){.grid = NULL};
}

bool
gsc_questions_counts(const gsc_questions *questions, size_t i, size_t row)
{
    return !questions->mask ||
           gsc_field_element(questions->mask, questions->examples[i], row) != 0;
}

size_t
gsc_questions_count_rows(const gsc_questions *questions)
{
    size_t count = 0;
    for (size_t i = 0; i < questions->count; i++)
        for (size_t row = 0; row < questions->num_rows; row++)
            count += gsc_questions_counts(questions, i, row);
    return count;
}

size_t
gsc_questions_num_labels(const gsc_questions *questions)
{
    return questions->num_rows *
           (questions->alike == GSC_ALIKE_SIGN ? questions->num_outputs : 1);
}

/* ---- Two of them ---- */

size_t
gsc_questions_test(const gsc_questions *a, const gsc_questions *b, bool *test)
{
    size_t count = 0;
    bool split_is_known = a->split_is_known && b->split_is_known;
    for (size_t i = 0; i < a->count; i++) {
        test[i] = split_is_known && !a->train[i] && !b->train[i];
        count += test[i];
    }
    return count;
}

int
gsc_questions_match(const gsc_questions *a, const gsc_questions *b)
{
    if (a->grid && b->grid)
        return a->grid->n == b->grid->n
                   ? 0
                   : gsc_fail(GSC_EARGUMENT, "pairs of %zu elements and of %zu",
                              a->grid->n, b->grid->n);
    if (a->grid || b->grid)
        return gsc_fail(GSC_EARGUMENT, "one is asked pairs, the other examples");
    if (a->num_rows != b->num_rows || a->num_outputs != b->num_outputs ||
        a->alike != b->alike)
        return gsc_fail(GSC_EARGUMENT,
                        "answers are [%zu, %zu] and [%zu, %zu], or are judged "
                        "otherwise",
                        a->num_rows, a->num_outputs, b->num_rows, b->num_outputs);
    return 0;
}
