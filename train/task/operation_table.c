/* The table of a binary operation. */
#include "train/task/operation_table.h"

#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

static int
set_up_modular(const gsc_operation *operation, gsc_arithmetic *in, int64_t **inverse)
{
    int status = 0;
    if (!(operation->traits & GSC_DIVIDES))
        return 0;
    if (!gsc_is_prime(in->p))
        return gsc_fail(GSC_EARGUMENT,
                        "p is %lld, expected a prime: operation %s divides (%s)",
                        (long long)in->p, operation->name, operation->formula);
    GSC_NEW(*inverse, (size_t)in->p);
    gsc_modular_inverses(in->p, *inverse);
    in->inverse = *inverse;
out:
    return status;
}

static int
set_up_group(gsc_operation_table *self, const gsc_elements *elements,
             gsc_arithmetic *in)
{
    int status = *elements->group ? gsc_group_init(&self->group, elements->group)
                                  : gsc_group_read(&self->group, elements->group_file);
    if (status < 0)
        return status;
    if (self->group.order < 2)
        return gsc_fail(GSC_EARGUMENT, "group: one element, expected more");
    in->p = (int64_t)self->group.order;
    in->group = &self->group;
    return 0;
}

static bool
is_defined(const gsc_operation *operation, int64_t a, int64_t b)
{
    return !(operation->traits & GSC_A_NOT_ZERO && a == 0) &&
           !(operation->traits & GSC_B_NOT_ZERO && b == 0);
}

static void
fill(const gsc_operation *operation, const gsc_arithmetic *in, uint16_t *answers)
{
    for (int64_t a = 0; a < in->p; a++)
        for (int64_t b = 0; b < in->p; b++)
            *answers++ = is_defined(operation, a, b)
                             ? (uint16_t)operation->apply(a, b, in)
                             : GSC_NO_ANSWER;
}

int
gsc_operation_table_init(gsc_operation_table *self, const gsc_operation *operation,
                         const gsc_elements *elements)
{
    int status = 0;
    int64_t *inverse = NULL;
    gsc_arithmetic in = {.p = elements->p, .polynomial = operation->name};
    *self = (gsc_operation_table){.operation = *operation};
    GSC_TRY(operation->traits & GSC_OF_GROUP
                ? set_up_group(self, elements, &in)
                : set_up_modular(operation, &in, &inverse));
    self->n = (size_t)in.p;
    GSC_NEW(self->answers, self->n * self->n);
    fill(operation, &in, self->answers);
out:
    free(inverse);
    if (status < 0)
        gsc_operation_table_free(self);
    return status;
}

void
gsc_operation_table_free(gsc_operation_table *self)
{
    free(self->answers);
    gsc_group_free(&self->group);
    *self = (gsc_operation_table){.n = 0};
}

/* A product with 0 is 0, or not defined: so a sum is none even where p is 2. */
static bool
has_zeros(const gsc_operation_table *self)
{
    size_t n = self->n;
    const uint16_t *c = self->answers;
    for (size_t i = 0; i < n; i++)
        if ((c[i] != 0 && c[i] != GSC_NO_ANSWER) ||
            (c[i * n] != 0 && c[i * n] != GSC_NO_ANSWER))
            return false;
    return true;
}

bool
gsc_operation_table_is_product(const gsc_operation_table *self)
{
    size_t n = self->n;
    const uint16_t *c = self->answers;
    if (self->operation.traits & GSC_OF_GROUP || !gsc_is_prime((int64_t)n) ||
        !has_zeros(self))
        return false;
    for (size_t a = 1; a < n; a++)
        for (size_t b = 1; b < n; b++) {
            uint16_t all = c[a * n + b], one = c[n + 1];
            if (all == 0 || all == GSC_NO_ANSWER ||
                (size_t)all * one % n != (size_t)c[a * n + 1] * c[n + b] % n)
                return false;
        }
    return true;
}

int
gsc_operation_table_check_commutes(const gsc_operation_table *self)
{
    size_t n = self->n;
    const uint16_t *answers = self->answers;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < a; b++)
            if (answers[a * n + b] != answers[b * n + a])
                return gsc_fail(GSC_EARGUMENT,
                                "unordered_pairs: %s (%s) of (%zu, %zu) is not that "
                                "of (%zu, %zu)",
                                self->operation.name, self->operation.formula, b, a, a,
                                b);
    return 0;
}
