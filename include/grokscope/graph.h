/* A static compute graph, written plainly.
 *
 * A model says what it computes for one example; the engine (engine.h) decides how.
 * Its leaves are parameters, and fields of the examples (field.h) that are found by
 * name when it runs. Every node is a tensor. A node that depends on no example lies in
 * the domain of parameters and is computed once a step; every other one has a value an
 * example. Shapes never name the examples: a residual stream is [position, d_model].
 *
 * Building functions return the new node, or GSC_NO_NODE after a mistake: the first
 * one is kept and told by gsc_graph_status, so a model file needs no checks between
 * its lines. Equal expressions are one node. */
#ifndef GROKSCOPE_GRAPH_H
#define GROKSCOPE_GRAPH_H

#include "grokscope/tensor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A graph: made by gsc_graph_open, filled by the functions below. */
typedef struct gsc_graph gsc_graph;

/* A node of a graph, by its number. */
typedef int32_t gsc_node;

/* No node: what a building function returns after a mistake, and what stands for an
 * input that is left out. */
#define GSC_NO_NODE ((gsc_node)-1)

/* How the weights of a parameter begin. */
typedef enum gsc_initializer_kind {
    GSC_INITIALIZER_CONSTANT, /* scale */
    GSC_INITIALIZER_NORMAL,   /* Gaussian of deviation `scale` */
    GSC_INITIALIZER_UNIFORM,  /* even between -scale and scale */
    GSC_INITIALIZER_SIGN,     /* scale or -scale, at even odds */
    GSC_INITIALIZER_LINE,    /* (1 - scale) x + scale n: x is the place of row i of p in
                                a row of mean 0 and deviation 1, the same for all columns;
                                n is Gaussian of deviation 1 */
    GSC_INITIALIZER_FUNCTION /* scale * value(shape, index, seed), index in C order */
} gsc_initializer_kind;

/* How a parameter begins. */
typedef struct gsc_initializer {
    gsc_initializer_kind kind; /* the rule */
    double scale;              /* its number */
    /* FUNCTION: of each element. */
    double (*value)(gsc_shape shape, size_t index, uint64_t seed);
} gsc_initializer;

/* A leaf that learns, or is fixed. */
typedef struct gsc_parameter {
    char name[GSC_NAME_BYTES];   /* as checkpoints have it: "blocks.0.attn.W_Q" */
    char axes[GSC_NAME_BYTES];   /* a word for each: "n_heads d_model d_head" */
    gsc_shape shape;             /* of the tensor */
    gsc_initializer initializer; /* how it begins */
    bool trained;                /* else it stays as it begins */
    size_t offset; /* of its first element in the flat array of all weights */
} gsc_parameter;

/* Make an empty graph. GSC_EMEMORY. */
int gsc_graph_open(gsc_graph **graph);

/* Release it; NULL is allowed. */
void gsc_graph_close(gsc_graph *graph);

/* 0, or the code of the first mistake, its message set again. */
int gsc_graph_status(const gsc_graph *graph);

/* A parameter; the offset is the graph's to give. */
gsc_node gsc_graph_parameter(gsc_graph *graph, const char *name, const char *axes,
                             gsc_shape shape, gsc_initializer initializer,
                             bool trained);

/* Leaves with one value for each example: the field `name` of the examples of a run,
 * which has this shape there. An input is of numbers, whatever they are stored in; an
 * index of integers below num_values. The same name again is the same leaf. */
gsc_node gsc_graph_input(gsc_graph *graph, const char *name, gsc_shape shape);
gsc_node gsc_graph_index(gsc_graph *graph, const char *name, gsc_shape shape,
                         size_t num_values);

/* out[i] = table[index[first + i]], i < count; index [positions], or one number. The
 * table is of parameters, or each example has its own.
 * table [num_values, …] -> [count, …] */
gsc_node gsc_graph_gather(gsc_graph *graph, gsc_node table, gsc_node index,
                          size_t first, size_t count);

/* out[j] = sum of x[i] over all i with index[i] = j, j < count; an index of `count`
 * leaves its row out. x [rows, …] of each example, index [rows] -> [count, …] */
gsc_node gsc_graph_scatter_add(gsc_graph *graph, gsc_node x, gsc_node index,
                               size_t count);

/* Each row times a matrix of its own: out[r] = x[r] A[r], A[r] being row r of a in C
 * order.  x [rows, d], a [rows, d e] or [rows, d, e] -> [rows, e] */
gsc_node gsc_graph_row_matmul(gsc_graph *graph, gsc_node x, gsc_node a);

/* out = x w.  x […, d], w [d, e] -> […, e]; transposed: w [e, d]. */
gsc_node gsc_graph_matmul(gsc_graph *graph, gsc_node x, gsc_node w);
gsc_node gsc_graph_matmul_transposed(gsc_graph *graph, gsc_node x, gsc_node w);

/* out[…, h, :] = x w[h].  x […, d], w [heads, d, e] -> […, heads, e] */
gsc_node gsc_graph_split_heads(gsc_graph *graph, gsc_node x, gsc_node w);

/* out = sum_h z[…, h, :] w[h].  z […, heads, e], w [heads, e, d] -> […, d] */
gsc_node gsc_graph_merge_heads(gsc_graph *graph, gsc_node z, gsc_node w);

/* out[…, h, :] = x[…, h, :] w[h].  x […, heads, d], w [heads, d, e] -> […, heads, e] */
gsc_node gsc_graph_each_head(gsc_graph *graph, gsc_node x, gsc_node w);

/* a + b, and a b, element by element; b is a parameter-domain node whose shape, but for
 * axes of length 1 in front, ends a's (a bias, a row for each position), or both have
 * one shape. */
gsc_node gsc_graph_add(gsc_graph *graph, gsc_node a, gsc_node b);
gsc_node gsc_graph_multiply(gsc_graph *graph, gsc_node a, gsc_node b);

/* factor x, element by element. */
gsc_node gsc_graph_scale(gsc_graph *graph, gsc_node x, double factor);

/* Activations, element by element; gelu is x Phi(x), Phi the normal distribution
 * function (Hendrycks and Gimpel, arXiv 1606.08415), exact. */
gsc_node gsc_graph_relu(gsc_graph *graph, gsc_node x);
gsc_node gsc_graph_gelu(gsc_graph *graph, gsc_node x);
gsc_node gsc_graph_square(gsc_graph *graph, gsc_node x);
gsc_node gsc_graph_tanh(gsc_graph *graph, gsc_node x);

/* x^exponent, a whole number from 1, element by element. */
gsc_node gsc_graph_power(gsc_graph *graph, gsc_node x, int64_t exponent);

/* sin(rate x + phase), element by element. */
gsc_node gsc_graph_sine(gsc_graph *graph, gsc_node x, double rate, double phase);

/* The zigzag of slopes 1 and -1 through (turns - 2m, (-1)^m), m = 0 … turns, its outer
 * segments going on; endless: for every whole m. At the sum of `turns` signs it is
 * their product. */
gsc_node gsc_graph_zigzag(gsc_graph *graph, gsc_node x, int64_t turns, bool endless);

/* out[…, 0] = prod_i x[…, i].  x […, n] -> […, 1] */
gsc_node gsc_graph_row_product(gsc_graph *graph, gsc_node x);

/* Dropout (Srivastava et al., JMLR 15, 2014), inverted: in training each element is 0
 * with probability `rate` and x / (1 - rate) else; in an evaluation it is x. What is
 * dropped follows from the batch's seed and step, the stream ("dropout:linear1"), the
 * example and the element alone; nodes of one stream and shape drop the same ones.
 * rate in [0, 1); at 0 it is x itself. */
gsc_node gsc_graph_dropout(gsc_graph *graph, gsc_node x, double rate,
                           const char *stream);

/* (x - mean) / sqrt(variance + epsilon) of each row along the last axis; the variance
 * divides by the width (Ba, Kiros and Hinton, arXiv 1607.06450, without gain and
 * bias). */
gsc_node gsc_graph_layer_norm(gsc_graph *graph, gsc_node x, double epsilon);

/* x / sqrt(mean x^2 + epsilon) of each row along the last axis (Zhang and Sennrich,
 * arXiv 1910.07467, without gain). */
gsc_node gsc_graph_rms_norm(gsc_graph *graph, gsc_node x, double epsilon);

/* a, then b, along `axis`; the other axes are equal, and so are the domains. */
gsc_node gsc_graph_concatenate(gsc_graph *graph, gsc_node a, gsc_node b, size_t axis);

/* out = x with only the indices first … first+count-1 along `axis`. */
gsc_node gsc_graph_slice(gsc_graph *graph, gsc_node x, size_t axis, size_t first,
                         size_t count);

/* out = the transposed of a parameter-domain matrix. */
gsc_node gsc_graph_transpose(gsc_graph *graph, gsc_node x);

/* out[b, …, a] = x[a, b, …]: the first axis becomes the last. */
gsc_node gsc_graph_move_axis(gsc_graph *graph, gsc_node x);

/* Rotary positions (Su et al., arXiv 2104.09864, section 3.2.2), of the first `dims`
 * numbers of each head's row: pair i at position t is turned by t base^(-2i / dims). A
 * pair is (i, i + dims / 2), as GPT-NeoX has it, or where `adjacent` (2i, 2i + 1), as
 * GPT-J has it and the paper writes it. dims is even, from 2 to e.
 * x [positions, heads, e] -> [positions, heads, e] */
gsc_node gsc_graph_rotary(gsc_graph *graph, gsc_node x, size_t dims, double base,
                          bool adjacent);

/* out[h, i, j] = q[i, h, :] . k[j, h, :]
 * q [queries, heads, e], k [keys, heads, e] -> [heads, queries, keys] */
gsc_node gsc_graph_attention_scores(gsc_graph *graph, gsc_node q, gsc_node k);

/* Softmax over the last axis of [heads, queries, keys], in float64. Query i stands at
 * position first_query + i and, where causal, sees keys up to its own position. */
gsc_node gsc_graph_attention_softmax(gsc_graph *graph, gsc_node scores, bool causal,
                                     size_t first_query);

/* rate * pattern + (1 - rate) for every key that a query sees: between attention
 * (rate 1) and the plain sum of what is seen (rate 0). Zhong et al., arXiv 2306.17844,
 * section 4.2, where all keys are seen. pattern, causal, first_query as above. */
gsc_node gsc_graph_attention_rate(gsc_graph *graph, gsc_node pattern, double rate,
                                  bool causal, size_t first_query);

/* z[i, h, :] = sum_j pattern[h, i, j] v[j, h, :]
 * pattern [heads, queries, keys], v [keys, heads, e] -> [queries, heads, e] */
gsc_node gsc_graph_attention_mix(gsc_graph *graph, gsc_node pattern, gsc_node v);

/* How queries attend to keys: a score is scale q . k; causal and first_query as above.
 */
typedef struct gsc_attention_form {
    bool causal;        /* a query sees keys up to its own position */
    size_t first_query; /* key that query 0 stands beside */
    double scale;       /* of the scores, before the softmax */
} gsc_attention_form;

/* The mix of v by the softmax of the scaled scores of q and k, in memory that does not
 * grow with queries times keys.
 * q [queries, heads, e], k [keys, heads, e], v [keys, heads, f] -> [queries, heads, f]
 */
gsc_node gsc_graph_attention(gsc_graph *graph, gsc_node q, gsc_node k, gsc_node v,
                             gsc_attention_form form);

/* The states of one layer of long short-term memory over a sequence:
 *   a_t = z_t + h_{t-1} w;  i, f, o = sigmoid(a), g = tanh(a)  (in, forget, g, out)
 *   c_t = f c_{t-1} + i g;  h_t = o tanh(c_t);  c and h begin as 0
 * A step where the mask [steps] is 0 leaves c and h as they were; mask may be
 * GSC_NO_NODE. z [steps, 4 h], of each example; w [h, 4 h] -> [steps, h] */
gsc_node gsc_graph_lstm(gsc_graph *graph, gsc_node z, gsc_node w, gsc_node mask);

/* ---- Mixtures of experts ---- */

/* Softmax of each row along the last axis, in float64; of values of the examples. */
gsc_node gsc_graph_softmax(gsc_graph *graph, gsc_node x);

/* The places of the k largest numbers of each row, the largest first, of equal ones the
 * first: indices without a gradient.  x [rows, n] -> [rows, k] */
gsc_node gsc_graph_top_k(gsc_graph *graph, gsc_node x, size_t k);

/* out[r, j] = x[r, place[r, j]].  x [rows, n], place [rows, k] -> [rows, k] */
gsc_node gsc_graph_pick(gsc_graph *graph, gsc_node x, gsc_node place);

/* out[r, j] = x[r] w[c] + b[c], c = choice[r, j], b GSC_NO_NODE for none. x [rows, d]
 * for all choices of a row, or [rows, k, d]; choice [rows, k]; w [experts, d, e],
 * b [experts, e] of parameters -> [rows, k, e]. Only what is chosen is computed. */
gsc_node gsc_graph_expert_matmul(gsc_graph *graph, gsc_node x, gsc_node choice,
                                 gsc_node w, gsc_node b);

/* ---- Losses and metrics: the roots of a run (engine.h) ----
 *
 * Each gives every example a number and says whether it is right, in double whatever
 * the graph's type; a run takes the mean of the numbers and counts the examples that
 * are right. Rows of logits [rows, outputs] have labels of an index [rows] (one number
 * where there is one row), each below the number of outputs. */

/* Mean over the rows of -log softmax(logits)[label], in float64. An example is right
 * when the first largest logit of every row is the label's. mask [rows] of numbers, or
 * GSC_NO_NODE: rows where it is 0 do not count (an example without any has loss 0 and
 * is right). */
gsc_node gsc_graph_cross_entropy(gsc_graph *graph, gsc_node logits, gsc_node labels,
                                 gsc_node mask);

/* The same as it is where the softmax is computed in a narrower type, float16 (`half`)
 * or float32: with q_c = e^(z_c - z_max) / sum, the loss is log sum - (z_label - z_max)
 * and its gradient q - onehot(label), each operation rounded to the type, sums from the
 * first output to the last. Where the sum is exactly 1 the gradient by the logit of a
 * right label is exactly 0: softmax collapse (Prieto et al., arXiv 2501.04697). */
gsc_node gsc_graph_narrow_cross_entropy(gsc_graph *graph, gsc_node logits,
                                        gsc_node labels, gsc_node mask, bool half);

/* Mean over the rows of -log(s(z_label) / sum_c s(z_c)) with s(x) = x + 1 for x >= 0
 * and 1 / (1 - x) below, in float64 (StableMax: Prieto et al., arXiv 2501.04697,
 * section 4.1); right, and mask, as above. */
gsc_node gsc_graph_stablemax(gsc_graph *graph, gsc_node logits, gsc_node labels,
                             gsc_node mask);

/* Mean over rows and outputs of (logits - onehot(label))^2; right, and mask, as above.
 */
gsc_node gsc_graph_one_hot_error(gsc_graph *graph, gsc_node logits, gsc_node labels,
                                 gsc_node mask);

/* Mean over the elements of (y - target)^2, of one shape. No example counts as right.
 * With a mask y and target are rows [rows, width]; those where it is 0 do not count. */
gsc_node gsc_graph_mean_squared_error(gsc_graph *graph, gsc_node y, gsc_node target,
                                      gsc_node mask);

/* Mean over the elements of max(0, 1 - target score), target -1 or 1. An example is
 * right when all its scores have their target's sign. Mask as above. */
gsc_node gsc_graph_hinge(gsc_graph *graph, gsc_node score, gsc_node target,
                         gsc_node mask);

/* Mean over the elements of -y log s(x) - (1 - y) log(1 - s(x)), s(x) = 1 / (1 + e^-x)
 * of the score x, y its target, from 0 to 1. An example is right when every score is
 * above 0 where its target is above a half, and below 0 elsewhere. Mask as above. */
gsc_node gsc_graph_binary_cross_entropy(gsc_graph *graph, gsc_node score,
                                        gsc_node target, gsc_node mask);

/* Mean over the rows of logits[label] itself: what its gradient is asked of is one
 * output of each example. No example counts as right. */
gsc_node gsc_graph_label_logit(gsc_graph *graph, gsc_node logits, gsc_node labels);

/* How unevenly experts are loaded (Fedus, Zoph and Shazeer, arXiv 2101.03961, equations
 * 4 to 6): E sum_e f_e P_e over all rows of a batch, f_e the share of the choices that
 * expert e has and P_e its mean probability: 1 where the load is even, E where one
 * expert has all. It is the batch's loss and no example's, and f_e has no slope.
 * p [rows, E], choice [rows, k] */
gsc_node gsc_graph_load_balance(gsc_graph *graph, gsc_node p, gsc_node choice);

/* sum x^2 of a parameter-domain node: a loss that no example has a part in. */
gsc_node gsc_graph_sum_of_squares(gsc_graph *graph, gsc_node x);

/* Metrics, which have no gradient: their root has the weight 0.
 *   within       the mean squared error, with its mask; an example is right where it
 *                is below `tolerance`
 *   nearest_row  the squared distance of y to row `label` of templates; right where no
 *                other row is nearer.  y of d numbers, templates [k, d] of parameters,
 *                label an index of one number */
gsc_node gsc_graph_within(gsc_graph *graph, gsc_node y, gsc_node target, gsc_node mask,
                          double tolerance);
gsc_node gsc_graph_nearest_row(gsc_graph *graph, gsc_node y, gsc_node templates,
                               gsc_node label);

/* Give a node a hook point's name (in printf form); gsc_graph_find finds it. */
void gsc_graph_name(gsc_graph *graph, gsc_node node, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* The node of that name, or GSC_NO_NODE. */
gsc_node gsc_graph_find(const gsc_graph *graph, const char *name);

/* Hook point number `index`, in the order of their naming, and its node; NULL past the
 * last. A node may have several names. */
const char *gsc_graph_hook(const gsc_graph *graph, size_t index, gsc_node *node);

/* The shape of a node, of one example. Of GSC_NO_NODE, which a graph that failed gives,
 * no dimensions. */
gsc_shape gsc_graph_shape(const gsc_graph *graph, gsc_node node);

/* The parameters, in the order of their making, and the length of the flat array that
 * holds them all (each begins at a multiple of 16 elements; the gaps stay 0). */
const gsc_parameter *gsc_graph_parameters(const gsc_graph *graph, size_t *count);

/* Fix the parameters of these names (gsc_text_matches): they keep the values that they
 * begin with. GSC_EARGUMENT where a pattern is of none. */
int gsc_graph_freeze(gsc_graph *graph, const char *patterns);

/* GSC_EARGUMENT where one of the patterns is of no parameter; `what` begins the
 * message. */
int gsc_graph_check_patterns(const gsc_graph *graph, const char *patterns,
                             const char *what);

/* The parameter that a node is, or NULL where it is computed. */
const gsc_parameter *gsc_graph_parameter_of(const gsc_graph *graph, gsc_node node);

/* The length of the flat array, in elements. */
size_t gsc_graph_num_weights(const gsc_graph *graph);

/* ---- Initial weights ---- */

/* What the names of fixed copies begin with. */
#define GSC_INITIAL "initial."

/* The same expression at the weights that training begins with: every parameter that it
 * depends on is read from a fixed copy, "initial.<name>", made here. Asked once a
 * graph. */
gsc_node gsc_graph_at_initial(gsc_graph *graph, gsc_node node);

/* Write into these copies what a flat array has for the parameters themselves. */
void gsc_graph_copy_initial(const gsc_graph *graph, gsc_type type, void *weights);

/* The expression `node` with `to`, of the same shape, in the place of `from`: new nodes
 * of the same graph, where `node` does not depend on `from` itself. What a network
 * would answer if one of its layers said something else. */
gsc_node gsc_graph_replace(gsc_graph *graph, gsc_node node, gsc_node from, gsc_node to);

/* Fill the flat array with the initial weights; the random ones are numbers of stream
 * "init:<name>", drawn in double. */
void gsc_graph_init_weights(const gsc_graph *graph, uint64_t seed, gsc_type type,
                            void *weights);

#ifdef __cplusplus
}
#endif
#endif
