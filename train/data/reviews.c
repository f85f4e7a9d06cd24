/* Reviews with a verdict each. */
#include "train/data/reviews.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"
#include "train/data/data_files.h"
#include "train/data/delimited.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, MOST_REVIEW = 1 << 20 };

void
gsc_reviews_free(gsc_reviews *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->items[i].text);
    free(r->items);
    *r = (gsc_reviews){.count = 0};
}

/* Takes the text over, also where it fails. */
static int
add(gsc_reviews *r, char *text, bool positive)
{
    int status = gsc_grow(&r->items, r->count, &r->room, sizeof *r->items);
    if (status < 0)
        free(text);
    else
        r->items[r->count++] = (gsc_review){text, positive};
    return status;
}

/* ---- Tables ---- */

static int
add_row(gsc_reviews *r, const gsc_delimited *table, const char *path, size_t row,
        const size_t columns[2])
{
    const char *verdict = gsc_delimited_cell(table, row, columns[1]);
    bool positive = strcasecmp(verdict, "positive") == 0;
    if (!positive && strcasecmp(verdict, "negative") != 0)
        return gsc_fail(GSC_EFORMAT,
                        "%s: row %zu: the verdict is '%.40s', expected Positive or "
                        "Negative",
                        path, row + 1, verdict);
    char *text = gsc_copy_text(gsc_delimited_cell(table, row, columns[0]));
    return text ? add(r, text, positive) : GSC_EMEMORY;
}

static int
read_table(gsc_reviews *r, const char *path, char separator)
{
    static const char *const names[][2] = {{"Text", "Sentiment"},
                                           {"review", "sentiment"}};
    int status = 0;
    size_t columns[2], which = separator == ',';
    gsc_delimited table;
    GSC_TRY(gsc_delimited_read(&table, path, separator));
    for (size_t i = 0; i < 2; i++) {
        columns[i] = gsc_delimited_column(&table, names[which][i]);
        if (columns[i] == table.num_columns)
            GSC_TRY(
                gsc_fail(GSC_EFORMAT, "%s: has no column '%s'", path, names[which][i]));
    }
    for (size_t row = 0; row < table.num_rows; row++)
        GSC_TRY(add_row(r, &table, path, row, columns));
out:
    gsc_delimited_free(&table);
    return status;
}

/* ---- Folders ---- */

static int
read_tsv(void *reviews, const char *path)
{
    return read_table(reviews, path, '\t');
}

static int
read_csv(void *reviews, const char *path)
{
    return read_table(reviews, path, ',');
}

static int
read_review(gsc_reviews *r, const char *path, bool positive)
{
    char *text = NULL;
    size_t length;
    int status = gsc_text_read_file(path, MOST_REVIEW, &text, &length);
    return status < 0 ? status : add(r, text, positive);
}

static int
read_positive(void *reviews, const char *path)
{
    return read_review(reviews, path, true);
}

static int
read_negative(void *reviews, const char *path)
{
    return read_review(reviews, path, false);
}

static int
read_acl(gsc_reviews *r, const char *folder, const char *within)
{
    static const char *const parts[] = {"train/pos", "train/neg", "test/pos",
                                        "test/neg"};
    int status = 0;
    char path[PATH_BYTES];
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s%s/%s", folder, within, parts[i]);
        GSC_TRY(
            gsc_each_file(path, ".txt", i % 2 == 0 ? read_positive : read_negative, r));
    }
out:
    return status;
}

int
gsc_reviews_read(gsc_reviews *r, const char *folder)
{
    int status = 0;
    *r = (gsc_reviews){.count = 0};
    if (access(folder, R_OK) != 0)
        return gsc_file_fail_reading(folder, errno);
    GSC_TRY(read_acl(r, folder, ""));
    if (r->count == 0)
        GSC_TRY(read_acl(r, folder, "/aclImdb"));
    if (r->count == 0)
        GSC_TRY(gsc_each_file(folder, ".tsv", read_tsv, r));
    if (r->count == 0)
        GSC_TRY(gsc_each_file(folder, ".csv", read_csv, r));
    if (r->count == 0)
        status = gsc_fail(GSC_EFORMAT,
                          "%s: has no reviews, expected train/pos/*.txt and the like, "
                          "*.tsv with columns Sentiment and Text, or *.csv with review "
                          "and sentiment",
                          folder);
out:
    return status;
}
