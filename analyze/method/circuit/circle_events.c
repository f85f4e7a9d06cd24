/* What happens to the circles of a run. */
#include "analyze/method/circuit/circle_events.h"

#include <stdlib.h>

const char *const gsc_circle_event_names[GSC_NUM_CIRCLE_EVENTS] = {
    "birth", "conversion", "death"};

enum { UNDETERMINED = 0 };

/* One frequency through the rows. */
typedef struct track {
    const bool *key;
    const uint8_t *label;
    size_t rows, count, frequency;
} track;

static bool
is_key(const track *t, size_t row)
{
    return t->key[row * t->count + t->frequency];
}

/* The label of a row; none where it is undetermined. */
static uint8_t
label_at(const track *t, size_t row)
{
    uint8_t label = t->label[row * t->count + t->frequency];
    return label == UNDETERMINED ? GSC_CIRCLE_NO_LABEL : label;
}

/* The first label from a row on. */
static uint8_t
next_label(const track *t, size_t row)
{
    for (; row < t->rows; row++)
        if (label_at(t, row) != GSC_CIRCLE_NO_LABEL)
            return label_at(t, row);
    return GSC_CIRCLE_NO_LABEL;
}

static bool
is_ever_born(const track *t)
{
    for (size_t row = 0; row + 1 < t->rows; row++)
        if (is_key(t, row) && is_key(t, row + 1))
            return true;
    return false;
}

static size_t
follow(const track *t, gsc_circle_event *events)
{
    size_t num = 0;
    bool may_change = !is_ever_born(t), alive = false;
    uint8_t label = GSC_CIRCLE_NO_LABEL;
    for (size_t row = 0; row < t->rows; row++) {
        bool lasts = row + 1 < t->rows && is_key(t, row) == is_key(t, row + 1);
        if (lasts && is_key(t, row) != alive) {
            alive = !alive;
            if (alive)
                label = next_label(t, row);
            events[num++] = (gsc_circle_event){
                row, t->frequency, alive ? GSC_CIRCLE_BIRTH : GSC_CIRCLE_DEATH,
                alive ? GSC_CIRCLE_NO_LABEL : label,
                alive ? label : GSC_CIRCLE_NO_LABEL};
        }
        uint8_t now = label_at(t, row);
        if (!(alive || may_change) || now == GSC_CIRCLE_NO_LABEL || now == label)
            continue;
        if (label == GSC_CIRCLE_NO_LABEL) {
            label = now;
        } else if (next_label(t, row + 1) == now) {
            events[num++] = (gsc_circle_event){row, t->frequency, GSC_CIRCLE_CONVERSION,
                                               label, now};
            label = now;
        }
    }
    return num;
}

static int
by_row(const void *a, const void *b)
{
    const gsc_circle_event *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->frequency != y->frequency)
        return x->frequency < y->frequency ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

size_t
gsc_circle_events(const bool *key, const uint8_t *label, size_t rows, size_t count,
                  gsc_circle_event *events)
{
    size_t num = 0;
    track t = {.key = key, .label = label, .rows = rows, .count = count};
    for (t.frequency = 0; t.frequency < count; t.frequency++)
        num += follow(&t, events + num);
    qsort(events, num, sizeof *events, by_row);
    return num;
}
