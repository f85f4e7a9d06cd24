/* What a report gathers of a run before anything is written. */
#ifndef GSC_TOOL_REPORT_RUN_H
#define GSC_TOOL_REPORT_RUN_H

#include "analyze/compare/pair_maps.h"
#include "analyze/measure/circuit/circles.h"
#include "analyze/network/part/attention.h"
#include "analyze/report/report.h"
#include "analyze/report/report_json.h"
#include "analyze/tool/measured_runs.h"

/* ---- Sentences that every reader has to see ---- */

typedef struct gsc_notes {
    size_t count, room;
    char **items;
} gsc_notes;

/* Add one in printf form. */
int gsc_notes_add(gsc_notes *notes, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
void gsc_notes_free(gsc_notes *notes);

/* ---- Work over checkpoints ---- */

/* What is done, of all there is to do, for the line that people see. */
typedef struct gsc_work_shown {
    const gsc_report_options *options;
    size_t done, total; /* before what is under way; of all runs */
    size_t weight;      /* of a checkpoint of what is under way */
} gsc_work_shown;

/* So many checkpoints of it are done; a gsc_measured_runs_options' show. */
void gsc_work_show(void *work_shown, size_t done, size_t total);

/* ---- A run ---- */

typedef enum gsc_report_role {
    GSC_ROLE_MAIN,
    GSC_ROLE_BESIDE,
    GSC_ROLE_SEED
} gsc_report_role;

enum { GSC_REPORT_MEASURES = 6, GSC_REPORT_NAME_BYTES = 256 };

typedef struct gsc_report_measure {
    const gsc_measure *measure;
    void *options; /* its defaults */
    bool controls[GSC_NUM_CONTROLS];
    gsc_measured_runs measured;
} gsc_report_measure;

/* The embedding's spectrum at each step shown, and the planes of its circles. */
typedef struct gsc_report_embedding {
    size_t count;             /* frequencies 0 … n/2; 0: nothing to be said */
    double *power, *fraction; /* [T, count] */
    size_t num_planes;
    size_t *frequencies; /* [num_planes] */
    float *points;       /* [T, num_planes, n, 2] */
} gsc_report_embedding;

/* A neuron that is drawn; what it is like at the last step. */
typedef struct gsc_report_neuron {
    size_t index, frequency;
    double fve;
} gsc_report_neuron;

/* What is too large to be drawn at every step: of logits and neurons, and of attention,
 * so many steps at most. */
enum { GSC_REPORT_PAIR_MAPS = 48, GSC_REPORT_ATTENTIONS = 24 };

typedef struct gsc_report_pair_maps {
    size_t count; /* pair maps drawn; 0: none */
    size_t *at;   /* [count] of the steps shown, ascending */
    size_t num_neurons;
    gsc_report_neuron *neurons;
    size_t num_frequencies, *alike; /* [num_frequencies] neurons that each has in all */
    float *profiles;                /* [count, num_neurons, n] */
    float *norm, *mean, *coefficients,
        *share;        /* [count] of each, as of gsc_pair_maps */
    uint16_t *answers; /* [n, n] */
    size_t num_attentions;
    size_t *attention_at;
    size_t heads, n_ctx;
    float *attention; /* [num_attentions, heads, n_ctx, n, n] */
} gsc_report_pair_maps;

/* What circles are found with (circles.h). */
typedef struct gsc_report_circling {
    gsc_run_context run_context;
    void *options, *state; /* of the measure clockpizza */
} gsc_report_circling;

/* How much the first layer reads of each bit of an example. */
typedef struct gsc_report_bits {
    size_t count; /* bits; 0: the examples are of no bits */
    size_t num_relevant;
    const uint16_t *relevant; /* [num_relevant], the facet's */
    double *norm;             /* [T, count] */
} gsc_report_bits;

/* Which examples are answered rightly. A cell is a pair (a, b), of elements in their
 * order, or, of other tasks, an example. */
typedef struct gsc_report_answers {
    size_t count; /* examples; 0: nothing to be said */
    uint32_t *examples, *cells,
        *mirrored; /* [count]; mirrored: the cell of (b, a) where
                      both are one example, else the cell again */
    bool of_pairs;
    size_t rows, columns;
    uint8_t *sets; /* [rows, columns] 0: no example there; 1 train, 2 test, 3 neither */
    size_t num_steps, *at; /* of those shown */
    uint8_t *right;        /* [num_steps, rows, columns] */
} gsc_report_answers;

void gsc_report_free_answers(gsc_report_answers *answers);

/* The embedding, a row for each residue in their order. */
typedef struct gsc_report_weights {
    size_t rows, columns;
    size_t count, *at; /* steps, of those shown; 0: nothing to be said */
    float *values;     /* [count, rows, columns] */
} gsc_report_weights;

/* Each expert's share of the choices of its block. */
typedef struct gsc_report_experts {
    size_t layers, experts; /* 0 layers: there are none */
    float *load;            /* [T, layers, experts] */
} gsc_report_experts;

/* Held-out images, class by class: those asked, and some that are shown. */
typedef struct gsc_report_images {
    size_t classes, height, width;
    size_t num_asked;
    size_t count, *shown; /* [count] of those asked; count 0: nothing to be said */
    float *labels;        /* [count] */
    float *pixels;        /* [count, height, width] 0 … 255 */
    size_t num_steps, *at;
    float *taken_for; /* [num_steps, classes, classes] how many of a class, for which */
    float *said;      /* [num_steps, count] what each is taken for */
} gsc_report_images;

void gsc_report_free_images(gsc_report_images *images);

/* The loss of each token of sequences. */
typedef struct gsc_report_tokens {
    size_t num_sequences, width; /* whose mean is taken; answers to choose from */
    size_t num_tokens, positions, first; /* the answer of position i is at token
                                            first + i */
    float *tokens, *labels;              /* [num_tokens], [positions] of one sequence */
    size_t num_steps, *at;               /* 0: nothing to be said */
    float *mean;       /* [num_steps, positions] NaN where no loss is counted */
    float *counted;    /* [num_steps, positions] of how many sequences */
    float *own, *said; /* [num_steps, positions] of the one sequence: loss, answer */
} gsc_report_tokens;

void gsc_report_free_tokens(gsc_report_tokens *tokens);

/* Some neurons over all pairs. */
typedef struct gsc_report_neuron_maps {
    size_t count; /* 0: nothing to be said */
    gsc_report_neuron *neurons;
    size_t num_steps, *at;
    float *values; /* [num_steps, count, n, n] */
} gsc_report_neuron_maps;

void gsc_report_free_neurons(gsc_report_neuron_maps *neurons);

typedef struct gsc_report_run gsc_report_run;

struct gsc_report_run {
    gsc_report_role role;
    const char *word; /* as it was given */
    char name[GSC_REPORT_NAME_BYTES];
    gsc_inputs inputs;  /* the checkpoints shown */
    size_t num_all;     /* checkpoints there are */
    int64_t *steps;     /* of those shown */
    bool begins;        /* at step 0 */
    gsc_checkpoint log; /* of the last one: its history */
    gsc_loaded_model last;
    bool has_residues; /* whether frequencies mean something */
    gsc_residue_order order;
    size_t n; /* places of it */
    size_t num_measures;
    gsc_report_measure measures[GSC_REPORT_MEASURES];
    bool has_irreps, has_circles;
    gsc_measured_runs irreps; /* one row for each irrep */
    gsc_report_embedding embedding;
    gsc_circles *circles; /* [T] */
    gsc_report_circling circling;
    gsc_report_pair_maps pair_maps;
    gsc_report_bits bits;
    gsc_report_answers answers;
    gsc_report_weights weights;
    gsc_report_experts experts;
    gsc_report_images images;
    gsc_report_tokens tokens;
    gsc_report_neuron_maps neuron_maps;
};

/* Find its checkpoints and choose those to be shown. */
int gsc_report_run_open(gsc_report_run *run, const char *word, gsc_report_role role,
                        const gsc_report_options *options, gsc_notes *notes);
void gsc_report_run_close(gsc_report_run *run);

/* A refusal is no failure: it says what the network is not. */
bool gsc_is_refusal(int status);

/* Note that a run has no such thing, with the last message as the reason. */
int gsc_note_refusal(const gsc_report_run *run, const char *what, gsc_notes *notes);

/* The place of a step among those that are drawn at fewer, or SIZE_MAX. */
size_t gsc_report_place(const size_t *at, size_t count, size_t step);

/* Something that is drawn of a run, from all its checkpoints. Any of the three may
 * refuse (gsc_is_refusal): then it is not there, and a note says why. */
typedef struct gsc_report_drawing {
    const char *what; /* for the note: "circles" */
    /* Whose refusal says already why it is not there; or NULL. */
    const gsc_measure *measure;
    bool (*is_there)(const gsc_report_run *run);
    int (*begin)(gsc_report_run *run, gsc_threads *threads);
    /* Of one checkpoint, side by side with others. */
    int (*draw)(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
                gsc_threads *threads);
    int (*end)(gsc_report_run *run, gsc_threads *threads); /* may be NULL */
    void (*drop)(gsc_report_run *run); /* leave it out; may be NULL */
} gsc_report_drawing;

/* Whether frequencies mean something. */
bool gsc_report_has_residues(const gsc_report_run *run);

extern const gsc_report_drawing gsc_report_spectrum, gsc_report_circles,
    gsc_report_maps, gsc_report_attention, gsc_report_bit_norms, gsc_report_right,
    gsc_report_embedding_weights, gsc_report_expert_load, gsc_report_image_classes,
    gsc_report_token_losses, gsc_report_neurons;

/* How much there is to do, in checkpoints that a network is run for. */
size_t gsc_report_run_work(const gsc_report_run *run);

/* Ask all measures that it admits, and draw all there is to be drawn; nothing of a
 * seed. Each checkpoint is read once. A note for each refusal. */
int gsc_report_run_gather(gsc_report_run *run, gsc_work_shown *work, gsc_notes *notes);

#endif
