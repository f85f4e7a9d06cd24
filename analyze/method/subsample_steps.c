/* Which of many steps are looked at. */
#include "analyze/method/subsample_steps.h"

#include <math.h>

static double
place(const int64_t *steps, size_t count, size_t i)
{
    double range = (double)(steps[count - 1] - steps[0]);
    double from_first = (double)(steps[i] - steps[0]);
    return from_first / range + log1p(from_first) / log1p(range);
}

/* Insert into an ascending list. */
static void
insert(size_t *chosen, size_t count, size_t index)
{
    size_t at = count;
    for (; at > 0 && chosen[at - 1] > index; at--)
        chosen[at] = chosen[at - 1];
    chosen[at] = index;
}

/* The index that lies farthest from its neighbours among the chosen ones, of which the
 * first and the last of all are two. */
static size_t
farthest(const int64_t *steps, size_t count, const size_t *chosen, size_t num_chosen)
{
    size_t best = 0;
    double most = -1;
    for (size_t j = 1; j < num_chosen; j++)
        for (size_t i = chosen[j - 1] + 1; i < chosen[j]; i++) {
            double x = place(steps, count, i);
            double before = x - place(steps, count, chosen[j - 1]);
            double behind = place(steps, count, chosen[j]) - x;
            double distance = before < behind ? before : behind;
            if (distance > most) {
                most = distance;
                best = i;
            }
        }
    return best;
}

size_t
gsc_subsample_steps(const int64_t *steps, size_t count, size_t most, size_t *chosen)
{
    if (count <= most) {
        for (size_t i = 0; i < count; i++)
            chosen[i] = i;
        return count;
    }
    size_t num_chosen = 0;
    if (most > 0)
        insert(chosen, num_chosen++, count - 1);
    if (most > 1)
        insert(chosen, num_chosen++, 0);
    while (num_chosen < most) {
        size_t next = farthest(steps, count, chosen, num_chosen);
        insert(chosen, num_chosen++, next);
    }
    return num_chosen;
}
