/* Products of parameters associate:
 *
 *   (x V) W = x (V W)                  (x_h V_h) W = x_h (V_h W) for each head h
 *
 * V W is computed once a step, x (V W) once an example. */
#include "train/graph/rewrite/rewrite.h"

/* Floating-point operations, by halves, of (x v) w and of x (v w). */
typedef struct choice {
    double left, right;
} choice;

static choice
weigh(const gsc_rewriting *r, const gsc_graph_node *inner, gsc_shape w)
{
    const gsc_graph_node *x = &r->old->nodes[inner->inputs[0]];
    gsc_shape v = r->old->nodes[inner->inputs[1]].shape;
    double rows = (double)gsc_node_rows(x);
    double a = (double)x->shape.dims[x->shape.rank - 1];
    double b = (double)v.dims[v.rank - 1], c = (double)w.dims[w.rank - 1];
    double heads =
        gsc_product_form(inner) == GSC_PRODUCT_EACH_HEAD ? (double)v.dims[0] : 1;
    return (choice){rows * a * b + rows * b * c, heads * a * b * c + rows * a * c};
}

gsc_node
gsc_rewrite_associate(gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *product = &r->old->nodes[id];
    if (product->op != &gsc_op_matmul || gsc_product_form(product) != GSC_PRODUCT_PLAIN)
        return GSC_NO_NODE;
    const gsc_graph_node *inner = &r->old->nodes[product->inputs[0]];
    if (inner->op != &gsc_op_matmul ||
        (gsc_product_form(inner) != GSC_PRODUCT_PLAIN &&
         gsc_product_form(inner) != GSC_PRODUCT_EACH_HEAD))
        return GSC_NO_NODE;
    choice cost = weigh(r, inner, r->old->nodes[product->inputs[1]].shape);
    bool pays = inner->domain == GSC_EXAMPLES ? gsc_rewrite_pays(r, product)
                                              : cost.right < cost.left;
    if (!pays)
        return GSC_NO_NODE;
    gsc_node w =
        gsc_graph_product(r->new, GSC_PRODUCT_PLAIN, r->image[inner->inputs[1]],
                          r->image[product->inputs[1]]);
    return gsc_graph_product(r->new, gsc_product_form(inner),
                             r->image[inner->inputs[0]], w);
}
