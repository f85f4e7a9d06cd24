/* What happens to the circles of a run: when they come, change and go. Pure: arrays in,
 * arrays out. */
#ifndef GROKSCOPE_CIRCLE_EVENTS_H
#define GROKSCOPE_CIRCLE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gsc_circle_event_kind {
    GSC_CIRCLE_BIRTH,
    GSC_CIRCLE_CONVERSION,
    GSC_CIRCLE_DEATH,
    GSC_NUM_CIRCLE_EVENTS
} gsc_circle_event_kind;

/* "birth", "conversion", "death" */
extern const char *const gsc_circle_event_names[GSC_NUM_CIRCLE_EVENTS];

/* Labels are those of circle.h, whose 0 is `undetermined`; where a circle has none: */
#define GSC_CIRCLE_NO_LABEL UINT8_MAX

typedef struct gsc_circle_event {
    size_t row, frequency;
    gsc_circle_event_kind kind;
    uint8_t from, to; /* labels; of a birth only `to`, of a death only `from`,
                         the nearest known one, or GSC_CIRCLE_NO_LABEL */
} gsc_circle_event;

/* Find them, row by row, in each by frequency. A row is a checkpoint; key, label [rows,
 * count]: whether a frequency is key there, and which label its circle has.
 *
 *   birth        the first row of two, one after the other, in which the frequency is
 *                key, at the beginning or after a death
 *   death        after a birth, the first of two rows in which it is not
 *   conversion   between a birth and its death, or for a frequency that is never born
 *                (an accompanying circle may stay too small to be key) anywhere: the
 *                row in which a label stands that is not the one before, and that the
 *                next row with a label confirms. Undetermined counts as no label, so
 *                what flickers between a label and it does not convert.
 *
 * So only the last row of a run brings nothing. events has room for 2 rows count;
 * returns how many. O(rows count); never fails. */
size_t gsc_circle_events(const bool *key, const uint8_t *label, size_t rows,
                         size_t count, gsc_circle_event *events);

#ifdef __cplusplus
}
#endif
#endif
