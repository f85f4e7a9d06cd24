/* The next character of a text, at every position of a window of it:
 *
 *   tokens  c_s  c_{s+1}  …  c_{s+T-1}
 *   next    c_{s+1}  …       c_{s+T}
 *
 * The first part of the text trains, the rest tests: no window lies in both. Windows to
 * train on begin every `stride` characters, those to test on every T, so that each
 * character is asked for once. Online each step draws the next windows of one random
 * order of them: a pass sees every window once, as in pre-training. Shuffled, the
 * characters of the whole text stand in a random order: a control, of which only their
 * frequencies are left to learn. */
#include "train/task/characters.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"
#include "grokscope/text.h"

#include "train/data/data_files.h"
#include "train/data/split.h"
#include "train/data/symbols.h"
#include "train/task/sequence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const units[] = {"characters", "bytes", NULL};

static const gsc_option rows[] = {
    GSC_ROW_TEXT(gsc_character_task, data, "", "FILE",
                 "Text, as it is or in $GROKSCOPE_DATA; else Debian's "
                 "/usr/share/common-licenses/GPL-3."),
    GSC_ROW_CHOICE(gsc_character_task, unit, "characters", units,
                   "What a token stands for: a character of UTF-8, or a byte."),
    GSC_ROW_INTEGER(gsc_character_task, seq_len, "64", 1, 16384,
                    "Tokens in an example."),
    GSC_ROW_INTEGER(gsc_character_task, stride, "0", 0, 1 << 30,
                    "Characters from one window to train on to the next; 0: seq_len."),
    GSC_ROW_REAL(gsc_character_task, train_fraction, "0.9", 0, 1,
                 "Share of the text, its first part, to train on."),
    GSC_ROW_BOOL(gsc_character_task, online, "no",
                 "Draw the windows to train on in one random order, each once a pass, "
                 "and keep only those to test on."),
    GSC_ROW_INTEGER(gsc_character_task, train_samples, "0", 0, 1e8,
                    "Windows to train on, at even distances; 0: all; ignored online."),
    GSC_ROW_INTEGER(gsc_character_task, test_samples, "0", 0, 1e8,
                    "Windows to test on, at even distances; 0: all."),
    GSC_ROW_BOOL(gsc_character_task, shuffled, "no",
                 "Put the characters of the text into a random order, as a control."),
    GSC_ROW_INTEGER(gsc_character_task, data_seed, "0", 0, 0x1p53,
                    "Seed of the random orders."),
};

static const char usual[] = "/usr/share/common-licenses/GPL-3";

/* A part of the text as windows: of those that there are, number floor(i available /
 * count) is taken i-th. */
typedef struct windows {
    const uint16_t *tokens; /* of the part */
    size_t length, available, count, stride, seq_len;
} windows;

static const uint16_t *
window_at(const windows *w, size_t i)
{
    return w->tokens + i * w->available / w->count * w->stride;
}

static int
cut(windows *w, const char *what, size_t asked)
{
    if (w->length <= w->seq_len)
        return gsc_fail(GSC_EARGUMENT,
                        "seq_len: a window takes %zu characters, but the part of the "
                        "text to %s on has %zu",
                        w->seq_len + 1, what, w->length);
    w->available = (w->length - w->seq_len - 1) / w->stride + 1;
    w->count = asked > 0 ? asked : w->available;
    if (w->count > w->available || w->count > UINT32_MAX)
        return gsc_fail(GSC_EARGUMENT,
                        "%s_samples: %zu, but the text has %zu windows to %s on", what,
                        w->count, w->available, what);
    return 0;
}

/* Fill in one example. */
static void
copy_window(const uint16_t *from, size_t seq_len, size_t e, void *const *out)
{
    memcpy((uint16_t *)out[0] + e * seq_len, from, seq_len * sizeof *from);
    memcpy((uint16_t *)out[1] + e * seq_len, from + 1, seq_len * sizeof *from);
}

/* ---- The text ---- */

/* The file that is meant by what was asked for. */
static int
find_text(const char *asked, char path[GSC_DATA_PATH_BYTES])
{
    const char *root = getenv("GROKSCOPE_DATA");
    int length = snprintf(path, GSC_DATA_PATH_BYTES, "%s", *asked ? asked : usual);
    if (*asked && *asked != '/' && root && *root && access(asked, F_OK) != 0)
        length = snprintf(path, GSC_DATA_PATH_BYTES, "%s/%s", root, asked);
    if (length >= GSC_DATA_PATH_BYTES)
        return gsc_fail(GSC_EARGUMENT, "data: the path is too long");
    if (access(path, F_OK) == 0)
        return 0;
    return *asked ? gsc_fail(GSC_EARGUMENT,
                             "data: no text '%s', here or in $GROKSCOPE_DATA", asked)
                  : gsc_fail(GSC_EARGUMENT,
                             "data: no %s: it is Debian's, of the package base-files; "
                             "name another text by --data FILE",
                             usual);
}

static int
shuffle(gsc_symbols *s, uint64_t seed)
{
    int status = 0;
    uint32_t *order = NULL;
    if (s->count > UINT32_MAX)
        return gsc_fail(GSC_EARGUMENT, "shuffled: a text of %zu characters is too long",
                        s->count);
    GSC_NEW(order, s->count);
    for (size_t i = 0; i < s->count; i++)
        order[i] = s->tokens[i];
    gsc_rng_shuffle(order, s->count, seed, gsc_rng_stream("characters:shuffled"));
    for (size_t i = 0; i < s->count; i++)
        s->tokens[i] = (uint16_t)order[i];
out:
    free(order);
    return status;
}

typedef struct corpus {
    const gsc_character_task *o;
    gsc_symbols symbols;
    windows train, test;
    double unigram, bigram; /* of the windows to test on */
} corpus;

static int
measure_counts(corpus *c)
{
    int status = 0;
    gsc_counts counts = {.total = 0};
    GSC_TRY(gsc_counts_init(&counts, c->train.tokens, c->train.length,
                            c->symbols.num_values));
    for (size_t i = 0; i < c->test.count; i++)
        gsc_counts_add_losses(&counts, window_at(&c->test, i), c->test.seq_len,
                              &c->unigram, &c->bigram);
    double asked = (double)(c->test.count * c->test.seq_len);
    c->unigram /= asked;
    c->bigram /= asked;
out:
    gsc_counts_free(&counts);
    return status;
}

static int
read_corpus(corpus *c)
{
    int status = 0;
    const gsc_character_task *o = c->o;
    char path[GSC_DATA_PATH_BYTES];
    size_t seq_len = (size_t)o->seq_len;
    GSC_TRY(find_text(o->data, path));
    GSC_TRY(gsc_symbols_read(&c->symbols, path, o->unit == GSC_UNIT_BYTES));
    if (o->shuffled)
        GSC_TRY(shuffle(&c->symbols, (uint64_t)o->data_seed));
    size_t length = gsc_split_part(o->train_fraction, c->symbols.count);
    c->train = (windows){.tokens = c->symbols.tokens,
                         .length = length,
                         .stride = o->stride > 0 ? (size_t)o->stride : seq_len,
                         .seq_len = seq_len};
    c->test = (windows){.tokens = c->symbols.tokens + length,
                        .length = c->symbols.count - length,
                        .stride = seq_len,
                        .seq_len = seq_len};
    GSC_TRY(cut(&c->train, "train", o->online ? 0 : (size_t)o->train_samples));
    GSC_TRY(cut(&c->test, "test", (size_t)o->test_samples));
    GSC_TRY(measure_counts(c));
out:
    return status;
}

/* ---- The stream: one block of memory ---- */

typedef struct stream {
    windows train; /* its tokens are those below */
    uint32_t *order;
} stream;

static void
draw(const void *context, uint64_t seed, uint64_t first, size_t count, void *const *out)
{
    (void)seed;
    const stream *s = context;
    for (size_t e = 0; e < count; e++)
        copy_window(window_at(&s->train, s->order[(first + e) % s->train.count]),
                    s->train.seq_len, e, out);
}

static int
make_stream(const corpus *c, gsc_dataset *dataset)
{
    const windows *w = &c->train;
    size_t orders = w->count * sizeof(uint32_t), tokens = w->length * sizeof(uint16_t);
    stream *s = gsc_new(1, sizeof *s + orders + tokens);
    if (!s)
        return GSC_EMEMORY;
    s->train = *w;
    s->order = (uint32_t *)(void *)(s + 1);
    s->train.tokens = (uint16_t *)(void *)(s->order + w->count);
    memcpy(s->order + w->count, w->tokens, tokens);
    for (size_t i = 0; i < w->count; i++)
        s->order[i] = (uint32_t)i;
    gsc_rng_shuffle(s->order, w->count, (uint64_t)c->o->data_seed,
                    gsc_rng_stream("characters:order"));
    dataset->stream = (gsc_stream){.draw = draw, .context = s, .endless = true};
    return 0;
}

/* ---- The dataset ---- */

static int
add_examples(const corpus *c, gsc_dataset *dataset)
{
    int status = 0;
    const gsc_shape shape = {1, {c->test.seq_len}};
    size_t num_train = c->o->online ? 0 : c->train.count;
    size_t vocabulary = c->symbols.num_values;
    void *data[2];
    dataset->num_examples = num_train + c->test.count;
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16, shape,
                                  vocabulary, &data[0]));
    GSC_TRY(gsc_dataset_add_field(dataset, "next", GSC_FIELD_UINT16, shape, vocabulary,
                                  &data[1]));
    for (size_t i = 0; i < num_train; i++)
        copy_window(window_at(&c->train, i), shape.dims[0], i, data);
    for (size_t i = 0; i < c->test.count; i++)
        copy_window(window_at(&c->test, i), shape.dims[0], num_train + i, data);
    gsc_dataset_add_target(dataset, "answer", "next", "cross_entropy")->num_positions =
        shape.dims[0];
    if (c->o->online)
        GSC_TRY(make_stream(c, dataset));
    else
        GSC_TRY(gsc_dataset_add_first(dataset, "train", num_train));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
out:
    return status;
}

/* The name of a symbol: itself, as UTF-8 (RFC 3629, section 3), but of what a line
 * cannot hold, or cannot show. */
static int
add_name(gsc_text *names, int64_t code, bool byte)
{
    static const unsigned lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    char letter[5] = {(char)code};
    uint32_t c = (uint32_t)code;
    if (c == ' ' || c == '\n')
        return gsc_text_add(names, c == ' ' ? "(space)\n" : "(newline)\n");
    if (c == 0 || (byte && c >= 0x80))
        return gsc_text_add(names, "(byte %u)\n", c);
    if (c >= 0x80) {
        size_t bytes = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t i = bytes; i-- > 1; c >>= 6)
            letter[i] = (char)(0x80 | (c & 0x3f));
        letter[0] = (char)(lead[bytes] | c);
    }
    return gsc_text_add(names, "%s\n", letter);
}

static int
add_facet(const corpus *c, gsc_facets *facets)
{
    int status = 0;
    const gsc_shape one = {.rank = 0};
    const gsc_symbols *s = &c->symbols;
    gsc_facet *facet;
    gsc_text names = {0};
    for (size_t i = 0; i < s->num_values; i++)
        GSC_TRY(add_name(&names, s->codes[i], c->o->unit == GSC_UNIT_BYTES));
    GSC_TRY(gsc_facets_add(facets, GSC_CHARACTERS, &facet));
    GSC_TRY(gsc_facet_add_text(facet, "sha256", s->sha256));
    GSC_TRY(gsc_facet_add_text(facet, "names", names.data));
    GSC_TRY(gsc_facet_add_array(facet, "codes", GSC_FACET_INTEGER,
                                (gsc_shape){1, {s->num_values}}, s->codes));
    GSC_TRY(gsc_facet_add_integer(facet, "num_windows", (int64_t)c->train.count));
    GSC_TRY(
        gsc_facet_add_array(facet, "unigram_loss", GSC_FACET_REAL, one, &c->unigram));
    GSC_TRY(gsc_facet_add_array(facet, "bigram_loss", GSC_FACET_REAL, one, &c->bigram));
    GSC_TRY(gsc_sequence_add_facet(facets, (int64_t)s->num_values, -1, 0));
out:
    gsc_text_free(&names);
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    corpus c = {.o = values};
    GSC_TRY(read_corpus(&c));
    GSC_TRY(add_examples(&c, dataset));
    GSC_TRY(add_facet(&c, facets));
out:
    gsc_symbols_free(&c.symbols);
    return status;
}

const gsc_task gsc_task_characters = {"characters",
                                      "the next character of a text",
                                      rows,
                                      sizeof rows / sizeof *rows,
                                      sizeof(gsc_character_task),
                                      make};
