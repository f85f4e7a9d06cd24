/* Events files of TensorBoard. */
#include "analyze/export/tfevents.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Which scalars there are ---- */

static size_t
count_values(const gsc_table *table, size_t column)
{
    size_t count = 0;
    for (size_t r = 0; r < table->num_rows; r++)
        count += isnan(table->values[r * table->num_values + column]) ? 0 : 1;
    return count;
}

/* "train_loss" -> "loss/train", "test_digit_0_accuracy" -> "accuracy/test_digit_0". */
static void
name_scalar(gsc_scalar *s)
{
    static const char *const kinds[] = {"loss", "accuracy"};
    const char *table = s->table->name, *column = s->table->columns[s->column];
    for (size_t i = 0; i < 2 && strcmp(table, "loss") == 0; i++) {
        char ending[16];
        snprintf(ending, sizeof ending, "_%s", kinds[i]);
        if (!gsc_text_ends_with(column, ending))
            continue;
        snprintf(s->tag, sizeof s->tag, "%s/%.*s", kinds[i],
                 (int)(strlen(column) - strlen(ending)), column);
        return;
    }
    snprintf(s->tag, sizeof s->tag, "%s/%s",
             strcmp(table, "loss") == 0 ? "history" : table, column);
}

int
gsc_scalars_list(const gsc_table *tables, size_t num_tables, gsc_scalar **scalars,
                 size_t *count)
{
    int status = 0;
    size_t most = 0;
    *count = 0;
    for (size_t i = 0; i < num_tables; i++)
        most += tables[i].num_columns;
    GSC_NEW(*scalars, most);
    for (size_t i = 0; i < num_tables; i++)
        for (size_t c = 1; c < tables[i].num_columns; c++) {
            gsc_scalar s = {.table = &tables[i], .column = c};
            s.count = count_values(&tables[i], c);
            name_scalar(&s);
            if (s.count > 0)
                (*scalars)[(*count)++] = s;
        }
out:
    return status;
}

/* ---- Bytes ---- */

typedef struct bytes {
    unsigned char *data;
    size_t length, room;
    int status;
} bytes;

static void
put(bytes *b, const void *data, size_t length)
{
    for (size_t i = 0; i < length && b->status == 0; i++) {
        b->status = gsc_grow(&b->data, b->length, &b->room, 1);
        if (b->status == 0)
            b->data[b->length++] = ((const unsigned char *)data)[i];
    }
}

static void
put_little(bytes *b, uint64_t value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char one = (unsigned char)(value >> (8 * i));
        put(b, &one, 1);
    }
}

static void
put_varint(bytes *b, uint64_t value)
{
    do {
        unsigned char one = (unsigned char)(value & 127);
        value >>= 7;
        one |= value > 0 ? 128 : 0;
        put(b, &one, 1);
    } while (value > 0);
}

/* A key of protocol buffers: a field's number and how its value is stored. */
enum { VARINT, DOUBLE, MESSAGE, FLOAT = 5 };

static void
put_key(bytes *b, unsigned field, unsigned kind)
{
    put_varint(b, field << 3 | kind);
}

static void
put_text(bytes *b, unsigned field, const void *data, size_t length)
{
    put_key(b, field, MESSAGE);
    put_varint(b, length);
    put(b, data, length);
}

/* CRC-32C (Castagnoli), bit by bit, masked as records of TensorFlow have it. */
static uint32_t
masked_crc(const unsigned char *data, size_t length)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78U : crc >> 1;
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8U;
}

static void
put_record(bytes *file, bytes *event)
{
    size_t begin = file->length;
    put_little(file, event->length, 8);
    if (file->status < 0 || event->status < 0)
        return;
    put_little(file, masked_crc(file->data + begin, 8), 4);
    put(file, event->data, event->length);
    put_little(file, masked_crc(event->data, event->length), 4);
    event->length = 0;
}

/* ---- Events ---- */

/* Event: 1 wall_time, 2 step, 3 file_version, 5 summary. */
static void
begin_event(bytes *event, double step)
{
    uint64_t pattern;
    memcpy(&pattern, &step, sizeof pattern);
    put_key(event, 1, DOUBLE);
    put_little(event, pattern, 8);
    if (step > 0) {
        put_key(event, 2, VARINT);
        put_varint(event, (uint64_t)step);
    }
}

/* Summary: 1 value, of 1 tag and 2 simple_value. */
static void
put_value(bytes *summary, bytes *value, const char *tag, double number)
{
    float simple = (float)number;
    uint32_t pattern;
    memcpy(&pattern, &simple, sizeof pattern);
    value->length = 0;
    put_text(value, 1, tag, strlen(tag));
    put_key(value, 2, FLOAT);
    put_little(value, pattern, 4);
    put_text(summary, 1, value->data, value->length);
}

/* One event for each row of the scalars of one table, which follow each other. */
static void
put_rows(bytes *file, bytes work[3], const gsc_scalar *scalars, size_t count)
{
    const gsc_table *table = scalars[0].table;
    for (size_t r = 0; r < table->num_rows; r++) {
        const double *row = table->values + r * table->num_values;
        bytes *event = &work[0], *summary = &work[1];
        summary->length = 0;
        for (size_t i = 0; i < count; i++)
            if (!isnan(row[scalars[i].column]))
                put_value(summary, &work[2], scalars[i].tag, row[scalars[i].column]);
        begin_event(event, row[0]);
        put_text(event, 5, summary->data, summary->length);
        put_record(file, event);
    }
}

bool
gsc_is_tfevents(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strstr(slash ? slash : path, ".tfevents.");
}

int
gsc_tfevents_write(const gsc_scalar *scalars, size_t count, const char *path)
{
    static const char version[] = "brain.Event:2";
    int status = 0;
    bytes file = {.data = NULL}, work[3] = {{.data = NULL}};
    begin_event(&work[0], 0);
    put_text(&work[0], 3, version, strlen(version));
    put_record(&file, &work[0]);
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i; next < count && scalars[next].table == scalars[i].table;)
            next++;
        put_rows(&file, work, scalars + i, next - i);
    }
    for (size_t i = 0; i < 3; i++)
        GSC_TRY(work[i].status);
    GSC_TRY(file.status);
    GSC_TRY(gsc_file_write(path, file.data, file.length));
out:
    for (size_t i = 0; i < 3; i++)
        free(work[i].data);
    free(file.data);
    return status;
}
