/* The simulation of grokking in the style of Varma, Shah, Kenton, Kramár and Kumar
 * (arXiv 2309.02390, section 3), whose constants are not published. Two circuits are
 * fixed look-up tables of logits, 1 at one answer and 0 at the others:
 *
 *   generalising   1 at the label of every example
 *   memorising     1 at the label of those to train on, at a wrong answer of the others
 *
 * Labels, and wrong answers among the other ones, are drawn evenly. Only how strong
 * each circuit is can be learned: see two_circuits in train/model. Beside the answer,
 * the outputs of each circuit alone are reported, with weight 0 in the loss. */
#include "train/task/three_ingredients.h"

#include "grokscope/error.h"
#include "grokscope/rng.h"

#include "train/data/circuit_fields.h"

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_three_ingredients, num_answers, "10", 2, 65535,
                    "Number of answers that an example may have."),
    GSC_ROW_INTEGER(gsc_three_ingredients, train_samples, "100", 1, 1e6,
                    "Examples to train on."),
    GSC_ROW_INTEGER(gsc_three_ingredients, test_samples, "100", 1, 1e6,
                    "Examples to test on."),
    GSC_ROW_INTEGER(gsc_three_ingredients, data_seed, "0", 0, 0x1p53,
                    "Seed of the labels and of the wrong answers."),
};

enum { LABEL, GENERALISING, MEMORISING, NUM_FIELDS };

static int
add_fields(gsc_dataset *dataset, size_t n, void *data[NUM_FIELDS])
{
    int status = 0;
    gsc_shape logits = {1, {n}};
    GSC_TRY(gsc_dataset_add_field(dataset, "label", GSC_FIELD_UINT16,
                                  (gsc_shape){1, {1}}, n, &data[LABEL]));
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_GENERALISING, GSC_FIELD_UINT8, logits, 0,
                                  &data[GENERALISING]));
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_MEMORISING, GSC_FIELD_UINT8, logits, 0,
                                  &data[MEMORISING]));
out:
    return status;
}

static void
fill_fields(const gsc_three_ingredients *o, size_t count, void *const data[NUM_FIELDS])
{
    size_t n = (size_t)o->num_answers;
    uint16_t *label = data[LABEL];
    uint8_t *generalising = data[GENERALISING], *memorising = data[MEMORISING];
    uint64_t seed = (uint64_t)o->data_seed;
    uint64_t of_labels = gsc_rng_stream("three_ingredients:label");
    uint64_t of_wrong = gsc_rng_stream("three_ingredients:wrong");
    for (size_t e = 0; e < count; e++) {
        size_t right = (size_t)(gsc_rng_uniform(seed, of_labels, e) * (double)n);
        size_t off = (size_t)(gsc_rng_uniform(seed, of_wrong, e) * (double)(n - 1));
        bool is_known = e < (size_t)o->train_samples;
        label[e] = (uint16_t)right;
        generalising[e * n + right] = 1;
        memorising[e * n + (is_known ? right : (right + 1 + off) % n)] = 1;
    }
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_three_ingredients *o = values;
    static const char *const outputs[] = {"answer", GSC_GENERALISING, GSC_MEMORISING};
    void *data[NUM_FIELDS];
    (void)facets;
    dataset->num_examples = (size_t)(o->train_samples + o->test_samples);
    GSC_TRY(add_fields(dataset, (size_t)o->num_answers, data));
    fill_fields(o, dataset->num_examples, data);
    GSC_TRY(gsc_dataset_add_first(dataset, "train", (size_t)o->train_samples));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        gsc_target *target =
            gsc_dataset_add_target(dataset, outputs[i], "label", "cross_entropy");
        target->position = i;
        target->weight = i == 0;
    }
out:
    return status;
}

const gsc_task gsc_task_three_ingredients = {
    "three_ingredients",
    "two circuits that answer, after Varma et al.",
    rows,
    sizeof rows / sizeof *rows,
    sizeof(gsc_three_ingredients),
    make};
