/* Patterns that are learned at speeds of their own. */
#include "analyze/method/task/pattern_model.h"

#include <math.h>

/* How often the patterns of a set are right; bit i: pattern i is in it. */
static double
rightness(const gsc_pattern *patterns, size_t count, size_t set)
{
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < count; i++)
        if (set >> i & 1) {
            if (patterns[i].preferred)
                return patterns[i].g;
            sum += patterns[i].g;
            known++;
        }
    return known > 0 ? sum / (double)known : 0;
}

gsc_pattern_accuracy
gsc_pattern_accuracy_at(const gsc_pattern *patterns, size_t count, double t)
{
    double p[GSC_MOST_PATTERNS], none = 1, test = 0;
    for (size_t i = 0; i < count; i++) {
        const gsc_pattern *of = &patterns[i];
        p[i] = of->gamma / (1 + exp(-of->alpha * (t - of->b)));
        none *= 1 - p[i];
    }
    for (size_t set = 0; set < (size_t)1 << count; set++) {
        double probability = 1;
        for (size_t i = 0; i < count; i++)
            probability *= set >> i & 1 ? p[i] : 1 - p[i];
        test += probability * rightness(patterns, count, set);
    }
    return (gsc_pattern_accuracy){1 - none, test};
}
