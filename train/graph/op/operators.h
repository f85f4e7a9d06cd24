/* The operators of the library, and what their files share.
 *
 * A new operator is one file here and one row of the list below. The file is compiled
 * twice, for float and for double: its kernels are static, GSC_KERNELS gives them a
 * name for each type, and what does not depend on the type (the descriptor, its rules
 * and the function that builds a node) stands under `#if GSC_ONCE`. */
#ifndef GSC_GRAPH_OPERATORS_H
#define GSC_GRAPH_OPERATORS_H

#include "grokscope/operator.h"

#include "train/graph/build/ir.h"

#define GSC_OPERATORS(row)                                                             \
    row(parameter) row(input) row(index) row(gather) row(gather_add) row(gather_mix)   \
        row(matmul) row(add) row(multiply) row(scale) row(relu) row(gelu) row(square)  \
            row(tanh) row(power) row(sine) row(zigzag) row(row_product) row(add_relu)  \
                row(dropout) row(layer_norm) row(rms_norm) row(concatenate) row(slice) \
                    row(transpose) row(move_axis) row(sum_heads) row(attention_scores) \
                        row(attention_softmax) row(attention_rate) row(attention_mix)  \
                            row(cross_entropy) row(narrow_cross_entropy) row(          \
                                stablemax) row(one_hot_error) row(mean_squared_error)  \
                                row(hinge) row(binary_cross_entropy) row(lstm)         \
                                    row(row_matmul) row(scatter_add) row(softmax)      \
                                        row(top_k) row(pick) row(expert_matmul)        \
                                            row(load_balance) row(label_logit)         \
                                                row(sum_of_squares) row(within)        \
                                                    row(nearest_row) row(attention)    \
                                                        row(rotary)

#define GSC_DECLARE_OPERATOR(name) extern const gsc_operator gsc_op_##name;
GSC_OPERATORS(GSC_DECLARE_OPERATOR)
#undef GSC_DECLARE_OPERATOR

/* GSC_KERNELS(relu) = {…}; in each of the two compilations, and GSC_BOTH(relu) in the
 * descriptor. */
#define GSC_KERNELS(name)                                                        \
    extern const gsc_kernels gsc_##name##_kernels_f32, gsc_##name##_kernels_f64; \
    const gsc_kernels TYPED(gsc_##name##_kernels)
#define GSC_BOTH(name)                                       \
    {                                                        \
        &gsc_##name##_kernels_f32, &gsc_##name##_kernels_f64 \
    }
#define GSC_ONCE (GSC_REAL == 32)

/* ---- Attributes that rewrites read ---- */

enum { GSC_LEAF_FIELD, GSC_LEAF_NUM_VALUES };
enum { GSC_GATHER_FIRST, GSC_GATHER_COUNT };
enum { GSC_GATHER_ADD_FIRST_A, GSC_GATHER_ADD_FIRST_B };
enum { GSC_GATHER_MIX_FIRST };
enum { GSC_MATMUL_FORM };
enum { GSC_CONCATENATE_AXIS };
enum { GSC_TOP_K_COUNT, GSC_TOP_K_VALUES };
enum { GSC_SCALE_FACTOR };
enum { GSC_SLICE_AXIS, GSC_SLICE_FIRST, GSC_SLICE_COUNT };

static inline gsc_product
gsc_product_form(const gsc_graph_node *product)
{
    return (gsc_product)product->attributes[GSC_MATMUL_FORM].integer;
}

/* Doubles after the rows of a mix: a vector register, which is read beyond the last
 * row and meets zeros. */
enum { GSC_ROW_PADDING = 8 };

/* ---- Rules that several operators have ---- */

/* Of two inputs, b a suffix of a but for axes of length 1 in front where it is a
 * parameter, or both of one shape: the shape of a. */
const char *gsc_shape_of_pair(gsc_graph_node *node,
                              const gsc_graph_node *const *inputs);

/* [heads, queries, keys], as input 0. */
const char *gsc_shape_of_pattern(gsc_graph_node *node,
                                 const gsc_graph_node *const *inputs);

/* A scalar of two inputs of one shape. */
const char *gsc_shape_of_error(gsc_graph_node *node,
                               const gsc_graph_node *const *inputs);

/* Why an index does not choose among `count` things, or NULL. */
const char *gsc_index_reason(const gsc_graph_node *index, size_t count);

/* One operation an element of input 0: scalars read it and have one number themselves.
 */
double gsc_flops_of_first(const gsc_graph_node *node,
                          const gsc_graph_node *const *inputs);

/* Where each element is a dot product along the last axis of input 0. */
double gsc_flops_of_dots(const gsc_graph_node *node,
                         const gsc_graph_node *const *inputs);

/* Where an operator only moves numbers. */
double gsc_no_flops(const gsc_graph_node *node, const gsc_graph_node *const *inputs);

#endif
