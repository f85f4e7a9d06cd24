/* Skip trigrams (Nanda et al., arXiv 2301.05217, appendix D and E): of a sequence of
 * tokens exactly one is num_fillers or more, at a random place, and the output at the
 * end is to tell which. All other tokens are below num_fillers, even and independent.
 * Output c stands for the token num_fillers + c. */
#include "train/task/skip_trigram.h"

#include "grokscope/error.h"
#include "grokscope/rng.h"

#include "train/task/sequence.h"

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_skip_trigram, seq_len, "20", 1, 16384, "Tokens in an example."),
    GSC_ROW_INTEGER(gsc_skip_trigram, num_fillers, "10", 1, 30000,
                    "Tokens that tell nothing: those below this number."),
    GSC_ROW_INTEGER(gsc_skip_trigram, num_answers, "10", 2, 30000,
                    "Tokens after them, of which each example has one, its answer."),
    GSC_ROW_BOOL(gsc_skip_trigram, online, "no",
                 "Train on fresh examples without end, not on a finite set."),
    GSC_ROW_INTEGER(gsc_skip_trigram, train_samples, "512", 1, 1e7,
                    "Examples to train on; ignored online."),
    GSC_ROW_INTEGER(gsc_skip_trigram, test_samples, "1000", 1, 1e7,
                    "Examples to test on."),
    GSC_ROW_INTEGER(gsc_skip_trigram, data_seed, "0", 0, 0x1p53,
                    "Seed of the examples."),
};

typedef struct source {
    uint64_t stream;
    size_t seq_len;
    uint64_t fillers, answers;
} source;

/* out[0] gets the tokens, out[1] the answers. */
static void
draw(const void *context, uint64_t seed, uint64_t first, size_t count, void *const *out)
{
    const source *s = context;
    for (size_t e = 0; e < count; e++) {
        uint64_t counter = (first + e) * (s->seq_len + 2);
        uint16_t *tokens = (uint16_t *)out[0] + e * s->seq_len;
        for (size_t i = 0; i < s->seq_len; i++)
            tokens[i] =
                (uint16_t)gsc_rng_below(seed, s->stream, counter + i, s->fillers);
        uint64_t place =
            gsc_rng_below(seed, s->stream, counter + s->seq_len, s->seq_len);
        uint64_t answer =
            gsc_rng_below(seed, s->stream, counter + s->seq_len + 1, s->answers);
        tokens[place] = (uint16_t)(s->fillers + answer);
        ((uint16_t *)out[1])[e] = (uint16_t)answer;
    }
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_skip_trigram *o = values;
    void *data[2];
    size_t num_train = o->online ? 0 : (size_t)o->train_samples;
    source s = {.seq_len = (size_t)o->seq_len,
                .fillers = (uint64_t)o->num_fillers,
                .answers = (uint64_t)o->num_answers};
    gsc_sequence_draw sets = {.task = "skip_trigram",
                              .draw = draw,
                              .source = &s,
                              .size = sizeof s,
                              .seed = (uint64_t)o->data_seed,
                              .online = o->online,
                              .num_train = num_train};
    int64_t vocabulary = o->num_fillers + o->num_answers;
    dataset->num_examples = num_train + (size_t)o->test_samples;
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16,
                                  (gsc_shape){1, {s.seq_len}}, (size_t)vocabulary,
                                  &data[0]));
    GSC_TRY(gsc_dataset_add_field(dataset, "label", GSC_FIELD_UINT16,
                                  (gsc_shape){1, {1}}, (size_t)o->num_answers,
                                  &data[1]));
    GSC_TRY(gsc_sequence_draw_examples(dataset, &sets, data));
    gsc_target *target =
        gsc_dataset_add_target(dataset, "answer", "label", "cross_entropy");
    target->position = s.seq_len - 1;
    GSC_TRY(gsc_sequence_add_facet(facets, vocabulary, -1, o->num_fillers));
out:
    return status;
}

const gsc_task gsc_task_skip_trigram = {"skip_trigram",
                                        "which of some tokens a sequence has",
                                        rows,
                                        sizeof rows / sizeof *rows,
                                        sizeof(gsc_skip_trigram),
                                        make};
