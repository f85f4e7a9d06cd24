/* Reasoning over facts that are only in the weights: Wang et al. (NeurIPS 2024, arXiv
 * 2405.15071; OSU-NLP-Group/GrokkedTransformer, composition.ipynb, comparison.ipynb).
 *
 *     composition   h r t </a>                   h r1 r2 t </a>
 *     comparison    e a v </a>                   a <q> e1 <mask> e2 label </a>
 *                   atomic fact                  inferred fact
 *
 * (h, r1, r2, t) follows from (h, r1, b) and (b, r2, t); a label, one of three of each
 * attribute, from whether the value of e1 is less than, equal to or greater than that
 * of e2. A share of the atomic facts is out of distribution (OOD): they are trained on,
 * but nothing that follows from them is. Of what follows from the others alone a share
 * is held out, the split "test"; what follows from OOD facts alone is "test_ood"; what
 * follows from one of each is left out. Training has all atomic facts and phi times as
 * many inferred ones as there are atomic facts that are not OOD.
 *
 * Examples are as long as an inferred fact without its last token; an atomic fact is
 * padded with </a> behind. The loss is of what comes after the question, the answer and
 * </a>, and an example is right where both are. Splits "train_atomic" and
 * "train_inferred" are samples of "train". */
#include "train/task/two_hop.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {"composition", "comparison", NULL};
static const char *const graph_names[] = {"drawn", "triples", NULL};

static const gsc_option rows[] = {
    GSC_ROW_CHOICE(gsc_two_hop, kind, "composition", kind_names,
                   "What is inferred: the tail of two relations in a row, or which of "
                   "two values is greater."),
    GSC_ROW_CHOICE(gsc_two_hop, graph, "drawn", graph_names,
                   "Atomic facts: drawn at random, or the triples of a knowledge "
                   "graph (composition)."),
    GSC_ROW_TEXT(gsc_two_hop, data, "", "PATH",
                 "triples: a file head<TAB>relation<TAB>tail, or a folder of such "
                 "*.txt and *.tsv; else $GROKSCOPE_DATA/multihop."),
    GSC_ROW_INTEGER(gsc_two_hop, core, "1", 0, 1e6,
                    "triples: inferred facts, at least, that each atomic fact has a "
                    "part in; others are left out."),
    GSC_ROW_REAL(gsc_two_hop, augment, "0", 0, 1e3,
                 "triples: add facts to train on until this many follow from each; 0: "
                 "none."),
    GSC_ROW_INTEGER(gsc_two_hop, entities, "100", 2, 60000, "drawn: entities."),
    GSC_ROW_INTEGER(gsc_two_hop, relations, "20", 1, 5000,
                    "drawn: relations, or attributes of a comparison."),
    GSC_ROW_INTEGER(gsc_two_hop, out_degree, "10", 1, 5000,
                    "drawn: facts of each entity, all of different relations; a "
                    "comparison has one of each attribute."),
    GSC_ROW_INTEGER(gsc_two_hop, values, "20", 2, 5000,
                    "comparison: values of an attribute."),
    GSC_ROW_REAL(gsc_two_hop, phi, "3.6", 0, 1e6,
                 "Inferred facts to train on, for each atomic fact that is not OOD; 0: "
                 "all there are."),
    GSC_ROW_REAL(gsc_two_hop, ood_share, "0.05", 0, 0.99,
                 "Share of atomic facts from which nothing that is trained on "
                 "follows."),
    GSC_ROW_REAL(gsc_two_hop, iid_share, "0.005", 0, 0.99,
                 "Share of the other inferred facts that is held out."),
    GSC_ROW_INTEGER(gsc_two_hop, test_samples, "3000", 1, 1e6,
                    "Examples of each split but train, at most."),
    GSC_ROW_INTEGER(gsc_two_hop, data_seed, "0", 0, 0x1p53,
                    "Seed of the facts and of the splits."),
};

int
gsc_hop_items_add(gsc_hop_items *items, const gsc_hop_item *item)
{
    int status =
        gsc_grow(&items->items, items->count, &items->room, sizeof *items->items);
    if (status == 0)
        items->items[items->count++] = *item;
    return status;
}

/* ---- How many of what there is ---- */

/* Put the items into random order and keep at most `most`. */
static int
choose(gsc_hop_items *items, size_t most, const gsc_two_hop *o, const char *stream)
{
    int status = 0;
    uint32_t *order = NULL;
    gsc_hop_item *chosen = NULL;
    size_t count = items->count < most ? items->count : most;
    GSC_NEW(order, items->count);
    GSC_NEW(chosen, count);
    for (size_t i = 0; i < items->count; i++)
        order[i] = (uint32_t)i;
    gsc_rng_shuffle(order, items->count, (uint64_t)o->data_seed,
                    gsc_rng_stream(stream));
    for (size_t i = 0; i < count; i++)
        chosen[i] = items->items[order[i]];
    free(items->items);
    *items = (gsc_hop_items){count, count, chosen};
out:
    free(order);
    return status;
}

static int
choose_all(gsc_hop_sets *s)
{
    int status = 0;
    const gsc_two_hop *o = s->o;
    size_t most = (size_t)o->test_samples, train = s->train.count;
    double asked = round(o->phi * (double)s->num_iid);
    if (asked > (double)train)
        return gsc_fail(GSC_EARGUMENT,
                        "phi: %g times %zu atomic facts are %.0f inferred ones, but "
                        "%zu are there to train on; at most %.3g",
                        o->phi, s->num_iid, asked, train,
                        floor(1e3 * (double)train / (double)s->num_iid) / 1e3);
    if (o->phi > 0)
        train = (size_t)asked;
    GSC_TRY(choose(&s->atomic, SIZE_MAX, o, "two_hop:atomic"));
    GSC_TRY(choose(&s->train, train, o, "two_hop:train"));
    GSC_TRY(choose(&s->test, most, o, "two_hop:test"));
    GSC_TRY(choose(&s->ood, most, o, "two_hop:test_ood"));
    if (s->train.count == 0 || s->test.count == 0 || s->ood.count == 0)
        status = gsc_fail(GSC_EARGUMENT,
                          "%zu inferred facts to train on, %zu held out (iid_share "
                          "%g), %zu OOD (ood_share %g); expected one of each at least",
                          s->train.count, s->test.count, o->iid_share, s->ood.count,
                          o->ood_share);
out:
    return status;
}

/* ---- Examples ---- */

static size_t
vocabulary_of(const gsc_hop_sets *s)
{
    return s->entities + s->relations + s->values + GSC_HOP_SPECIAL +
           (s->o->kind == GSC_COMPARISON ? 3 * s->relations : 0);
}

static uint16_t
special(const gsc_hop_sets *s, size_t which)
{
    return (uint16_t)(s->entities + s->relations + s->values + which);
}

/* Prompts have two tokens at least: the output after them is row 0. */
enum { FIRST_ROW = 1 };

typedef struct fields {
    size_t n_ctx, num_rows, place; /* the example to be written */
    uint16_t *tokens, *label, *between[2];
    uint8_t *asked;
} fields;

static int
add_fields(gsc_dataset *dataset, const gsc_hop_sets *s, fields *f)
{
    int status = 0;
    bool compares = s->o->kind == GSC_COMPARISON;
    size_t prompt = compares ? 5 : 3, vocabulary = vocabulary_of(s);
    void *data[5];
    f->n_ctx = prompt + 1;
    f->num_rows = f->n_ctx - FIRST_ROW;
    const gsc_shape tokens = {1, {f->n_ctx}}, outputs = {1, {f->num_rows}},
                    one = {1, {1}};
    const char *first = compares ? GSC_HOP_VALUE_1 : GSC_HOP_BRIDGE,
               *second = compares ? GSC_HOP_VALUE_2 : GSC_HOP_RELATION_2;
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16, tokens,
                                  vocabulary, &data[0]));
    GSC_TRY(gsc_dataset_add_field(dataset, "label", GSC_FIELD_UINT16, outputs,
                                  vocabulary, &data[1]));
    GSC_TRY(gsc_dataset_add_field(dataset, "is_asked", GSC_FIELD_UINT8, outputs, 0,
                                  &data[2]));
    GSC_TRY(gsc_dataset_add_field(dataset, first, GSC_FIELD_UINT16, one, vocabulary,
                                  &data[3]));
    GSC_TRY(gsc_dataset_add_field(dataset, second, GSC_FIELD_UINT16, one, vocabulary,
                                  &data[4]));
    f->tokens = data[0];
    f->label = data[1];
    f->asked = data[2];
    f->between[0] = data[3];
    f->between[1] = data[4];
    gsc_target *target =
        gsc_dataset_add_target(dataset, "answer", "label", "cross_entropy");
    target->position = FIRST_ROW;
    target->num_positions = f->num_rows;
    target->answer_row = prompt - 1 - FIRST_ROW; /* of an inferred fact */
    memcpy(target->mask, "is_asked", sizeof "is_asked");
out:
    return status;
}

static void
write_items(fields *f, const gsc_hop_sets *s, const gsc_hop_items *items)
{
    uint16_t end = special(s, GSC_HOP_END);
    for (size_t i = 0; i < items->count; i++, f->place++) {
        const gsc_hop_item *item = &items->items[i];
        uint16_t *tokens = f->tokens + f->place * f->n_ctx;
        size_t row = f->place * f->num_rows + item->length - 1 - FIRST_ROW;
        for (size_t t = 0; t < f->n_ctx; t++)
            tokens[t] = t < item->length    ? item->prompt[t]
                        : t == item->length ? item->answer
                                            : end;
        f->label[row] = item->answer;
        f->label[row + 1] = end;
        f->asked[row] = f->asked[row + 1] = 1;
        for (size_t k = 0; k < 2; k++)
            f->between[k][f->place] = item->between[k];
    }
}

/* A split of `count` examples from `first` on. */
static int
add_range(gsc_dataset *dataset, const char *name, size_t first, size_t count)
{
    int status = 0;
    uint32_t *examples = NULL;
    GSC_NEW(examples, count);
    for (size_t i = 0; i < count; i++)
        examples[i] = (uint32_t)(first + i);
    GSC_TRY(gsc_dataset_add_split(dataset, name, examples, count));
out:
    free(examples);
    return status;
}

static int
add_examples(gsc_dataset *dataset, const gsc_hop_sets *s)
{
    int status = 0;
    fields f = {.place = 0};
    size_t most = (size_t)s->o->test_samples, atomic = s->atomic.count,
           train = atomic + s->train.count, test = train + s->test.count;
    dataset->num_examples = test + s->ood.count;
    GSC_TRY(add_fields(dataset, s, &f));
    write_items(&f, s, &s->atomic);
    write_items(&f, s, &s->train);
    write_items(&f, s, &s->test);
    write_items(&f, s, &s->ood);
    GSC_TRY(gsc_dataset_add_first(dataset, "train", train));
    GSC_TRY(add_range(dataset, "test", train, s->test.count));
    GSC_TRY(add_range(dataset, "test_ood", test, s->ood.count));
    GSC_TRY(
        gsc_dataset_add_first(dataset, "train_atomic", atomic < most ? atomic : most));
    GSC_TRY(add_range(dataset, "train_inferred", atomic,
                      s->train.count < most ? s->train.count : most));
out:
    return status;
}

static int
add_facet(gsc_facets *facets, const gsc_hop_sets *s)
{
    int status = 0;
    gsc_facet *facet;
    GSC_TRY(gsc_facets_add(facets, GSC_TWO_HOP, &facet));
    GSC_TRY(gsc_facet_add_text(facet, "kind", kind_names[s->o->kind]));
    GSC_TRY(gsc_facet_add_integer(facet, "entities", (int64_t)s->entities));
    GSC_TRY(gsc_facet_add_integer(facet, "relations", (int64_t)s->relations));
    GSC_TRY(gsc_facet_add_integer(facet, "values", (int64_t)s->values));
    if (s->entity_names) {
        GSC_TRY(gsc_facet_add_text(facet, "entity_names", s->entity_names));
        GSC_TRY(gsc_facet_add_text(facet, "relation_names", s->relation_names));
    }
out:
    return status;
}

/* ---- The task ---- */

static void
free_sets(gsc_hop_sets *s)
{
    free(s->atomic.items);
    free(s->train.items);
    free(s->test.items);
    free(s->ood.items);
    free(s->entity_names);
    free(s->relation_names);
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    gsc_hop_sets sets = {.o = values};
    if (sets.o->kind == GSC_COMPARISON && sets.o->graph == GSC_GRAPH_TRIPLES)
        return gsc_fail(GSC_EARGUMENT,
                        "graph: triples have no values to compare; expected drawn, or "
                        "kind composition");
    GSC_TRY(sets.o->kind == GSC_COMPARISON ? gsc_hop_compare(&sets)
                                           : gsc_hop_compose(&sets));
    if (vocabulary_of(&sets) > UINT16_MAX)
        GSC_TRY(gsc_fail(GSC_EARGUMENT, "entities: %zu tokens, expected %d at most",
                         vocabulary_of(&sets), UINT16_MAX));
    GSC_TRY(choose_all(&sets));
    GSC_TRY(add_examples(dataset, &sets));
    GSC_TRY(add_facet(facets, &sets));
out:
    free_sets(&sets);
    return status;
}

const gsc_task gsc_task_two_hop = {"two_hop",
                                   "what follows from two facts, by composition or "
                                   "comparison",
                                   rows,
                                   sizeof rows / sizeof *rows,
                                   sizeof(gsc_two_hop),
                                   make};
