/* Types and shapes as text. */
#include "grokscope/tensor.h"

#include "grokscope/error.h"

const char *const gsc_type_names[] = {"float32", "float64", NULL};

int
gsc_shape_add(gsc_shape shape, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "["));
    for (size_t i = 0; i < shape.rank; i++)
        GSC_TRY(gsc_text_add(text, "%s%zu", i > 0 ? ", " : "", shape.dims[i]));
    GSC_TRY(gsc_text_add(text, "]"));
out:
    return status;
}
