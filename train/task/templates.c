/* What Liu et al.'s toys share: pairs to train on, and templates of their answers. */
#include "train/task/templates.h"

#include "grokscope/error.h"

#include "train/data/split.h"

int
gsc_templates_check(const gsc_templates *t, size_t num_examples)
{
    if ((size_t)t->train_samples <= num_examples)
        return 0;
    return gsc_fail(GSC_EARGUMENT, "train_samples: %lld, but there are %zu pairs",
                    (long long)t->train_samples, num_examples);
}

int
gsc_templates_add(gsc_dataset *dataset, const gsc_templates *t)
{
    const gsc_split_order order = {.train_fraction = ((double)t->train_samples + 0.5) /
                                                     (double)dataset->num_examples,
                                   .seed = t->data_seed,
                                   .file = ""};
    static const char *const losses[] = {"squared_error", "cross_entropy", "stablemax"};
    int status = gsc_split_make(dataset, &order);
    if (status < 0)
        return status;
    gsc_target *target =
        gsc_dataset_add_target(dataset, "answer", "label", losses[t->loss]);
    if (t->loss == 0) {
        target->num_templates = t->count;
        target->template_width = (size_t)t->d_out;
        target->template_scale = t->label_scale;
    }
    return 0;
}
