/* What is learned: a set of examples, their labels and a split. */
#ifndef GROKSCOPE_TASK_H
#define GROKSCOPE_TASK_H

#include "grokscope/group.h"
#include "grokscope/options.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_task_config {
    int64_t operation; /* a row of the table of operations */
    int64_t p;
    char group[GSC_OPTION_TEXT_BYTES];      /* group.h: "S5"; of its operations */
    char group_file[GSC_OPTION_TEXT_BYTES]; /* or its Cayley table, or "" */
    int64_t layout;                         /* gsc_layout */
    bool unordered_pairs;                   /* (a, b) and (b, a) are one example */
    double label_noise; /* share of the training examples with random labels */
    bool random_labels; /* every example's label is drawn at random */
    double train_fraction;
    int64_t data_seed;                      /* -1: the split is not one of ours */
    char split_file[GSC_OPTION_TEXT_BYTES]; /* order of example indices, or "" */
} gsc_task_config;

/* The tokens of an example. Residues are tokens 0 … p-1; the others follow in the order
 * op, =, eos of those that the layout has. The last one is Power et al.'s, whose
 * examples end with c. */
typedef enum gsc_layout {
    GSC_LAYOUT_A_B_EQUALS,
    GSC_LAYOUT_A_B,
    GSC_LAYOUT_A_OP_B_EQUALS,
    GSC_LAYOUT_EQUATION,
    GSC_NUM_LAYOUTS
} gsc_layout;

/* The keys of the task, bound to `config`. */
gsc_options gsc_task_options(gsc_task_config *config);

/* All examples of a task. Example i is row i of inputs; a binary operation lists its
 * pairs (a, b) in lexicographic order, without those it is not defined on, and with
 * unordered_pairs those with a <= b only. */
typedef struct gsc_task {
    size_t num_examples, n_ctx;
    size_t d_vocab;     /* tokens */
    size_t num_answers; /* distinct labels: the outputs that mean something */
    uint16_t *inputs;   /* [num_examples, n_ctx] token ids */
    uint16_t *labels;   /* [num_examples] output columns */
    size_t num_train; /* 0: the split is not known, as of networks trained elsewhere */
    uint32_t *train;  /* [num_train] indices of examples, in the order of the split */
    size_t num_operands;
    uint16_t *operands; /* [num_operands] token id of each residue */
    uint16_t *answers;  /* [num_answers] output column of each residue */
} gsc_task;

/* Build the examples, the split and the labels. Label noise: the first
 * floor(label_noise n_train) training examples get labels drawn evenly from all
 * answers, as in Doshi et al. (arXiv 2310.13061). GSC_EARGUMENT where the configuration
 * makes no task (a division modulo a composite number, an empty training set, unordered
 * pairs of an operation that does not commute), GSC_EFORMAT for a split file that is no
 * order of example indices. */
int gsc_task_init(gsc_task *task, const gsc_task_config *config);
void gsc_task_free(gsc_task *task);

/* The group that the configuration names, or whose table it has; GSC_EARGUMENT where
 * its operation is of none. */
int gsc_task_group(const gsc_task_config *config, gsc_group *group);

/* The position whose output is the answer: that of the last token before c. */
size_t gsc_task_answer_position(const gsc_task_config *config);

/* The positions of a and b. */
void gsc_task_operand_positions(const gsc_task_config *config, size_t *a, size_t *b);

/* Tokens of the layout that are no residues. */
size_t gsc_task_extra_tokens(const gsc_task_config *config);

/* What the outputs at positions first … first+count-1 should be, [num_examples, count]:
 * the label at the answer's position, the next token at any other; behind the last
 * token comes the first one, as in a sequence framed by end tokens. The caller frees
 * it. */
int gsc_task_targets(const gsc_task *task, size_t answer_position, size_t first,
                     size_t count, uint16_t **targets);

/* constant[i] (room for n_ctx) = the token that every example has at position i, or -1.
 */
void gsc_task_constant_tokens(const gsc_task *task, int32_t *constant);

/* The indices that are not in `train`, ascending; the caller frees *test. */
int gsc_task_test(const gsc_task *task, uint32_t **test, size_t *num_test);

/* ---- The table of operations ---- */

enum {
    GSC_DIVIDES = 1,    /* asks for a prime p */
    GSC_B_NOT_ZERO = 2, /* pairs with b = 0 are left out */
    GSC_MULTIPLIES = 4, /* a product or quotient: a sum of logarithms for prime p */
    GSC_OF_GROUP = 8    /* of elements of a group, not modulo p */
};

/* What operations calculate in. */
typedef struct gsc_arithmetic {
    int64_t p;              /* the modulus, or the number of elements */
    const int64_t *inverse; /* [p] 1/x modulo p, where the operation divides */
    const gsc_group *group; /* where it is of a group */
} gsc_arithmetic;

typedef struct gsc_operation {
    const char *name;                                                 /* "add" */
    const char *formula;                                              /* "a + b" */
    int64_t (*apply)(int64_t a, int64_t b, const gsc_arithmetic *in); /* c */
    unsigned traits;
} gsc_operation;

const gsc_operation *gsc_operations(size_t *count);

/* ---- Orders of the residues ---- */

/* What frequencies are taken over: the residues 0 … p-1, or, for p prime, the powers
 * g^0 … g^(p-2) of its least primitive root, in which products and quotients are sums:
 * g^i g^j = g^(i + j). 0 is no power and drops out. */
typedef enum gsc_residue_order {
    GSC_RESIDUE_ORDER_PLAIN,
    GSC_RESIDUE_ORDER_LOGARITHM
} gsc_residue_order;

/* The order in which the configured operation is a sum, if there is any. */
gsc_residue_order gsc_task_residue_order(const gsc_task_config *config);

/* Write the residues modulo p in an order, p or p-1 of them. Cost: at most p^2.
 * GSC_EARGUMENT where p is not prime and the order asks for it. */
int gsc_residue_order_list(gsc_residue_order order, size_t p, uint16_t *residues,
                           size_t *count);

#ifdef __cplusplus
}
#endif
#endif
