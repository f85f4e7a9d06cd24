/* Triples whose gradients are looked at. */
#include "analyze/network/pairs/triples.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"
#include "grokscope/text.h"

#include "analyze/maths/python_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OF_PAPER = 100, SEED_OF_PAPER = 42, MOST_DRAWN = 10000000 };
enum { MOST_FILE_BYTES = 1 << 28 };

static gsc_triple
triple_at(size_t n, size_t index)
{
    return (gsc_triple){(uint16_t)(index / n / n), (uint16_t)(index / n % n),
                        (uint16_t)(index % n)};
}

static int
make_room(gsc_triples *t, size_t count)
{
    int status = 0;
    GSC_NEW(t->own, count);
    t->count = count;
out:
    return status;
}

/* ---- Those of the paper ---- */

static int
take_papers(gsc_triples *t)
{
    int status = 0;
    uint32_t *order = NULL, all = (uint32_t)(t->n * t->n * t->n);
    gsc_python_random random;
    GSC_NEW(order, all);
    for (uint32_t i = 0; i < all; i++)
        order[i] = i;
    gsc_python_random_init(&random, SEED_OF_PAPER);
    gsc_python_random_shuffle(&random, order, all);
    GSC_TRY(make_room(t, all < OF_PAPER ? all : OF_PAPER));
    for (size_t i = 0; i < t->count; i++)
        t->own[i] = triple_at(t->n, order[i]);
out:
    free(order);
    return status;
}

/* ---- Drawn ---- */

static int
draw(gsc_triples *t, int64_t count)
{
    int status = 0;
    uint64_t stream = gsc_rng_stream("triples");
    if (count < 1 || count > MOST_DRAWN)
        return gsc_fail(GSC_EARGUMENT, "triples: found %lld, expected 1 to %d",
                        (long long)count, MOST_DRAWN);
    GSC_TRY(make_room(t, (size_t)count));
    for (size_t i = 0; i < t->count; i++)
        t->own[i] = triple_at(t->n, gsc_rng_below(0, stream, i, t->n * t->n * t->n));
out:
    return status;
}

/* ---- Of a file ---- */

/* places [p]: of each residue in an order, UINT16_MAX where it has none. */
static int
find_places(gsc_residue_order order, size_t p, uint16_t *places)
{
    int status = 0;
    uint16_t *residues = NULL;
    size_t n;
    GSC_NEW(residues, p);
    GSC_TRY(gsc_residue_order_list(order, p, residues, &n));
    memset(places, 0xff, p * sizeof *places);
    for (size_t i = 0; i < n; i++)
        places[residues[i]] = (uint16_t)i;
out:
    free(residues);
    return status;
}

/* One line: exactly three residues that have places. */
static int
read_line(const char *line, const uint16_t *places, size_t p, gsc_triple *triple)
{
    unsigned long x[3];
    char more;
    if (strchr(line, '-') ||
        sscanf(line, "%5lu %5lu %5lu %c", &x[0], &x[1], &x[2], &more) != 3)
        return GSC_EFORMAT;
    for (size_t i = 0; i < 3; i++)
        if (x[i] >= p || places[x[i]] == GSC_NO_ANSWER)
            return GSC_EFORMAT;
    *triple = (gsc_triple){places[x[0]], places[x[1]], places[x[2]]};
    return 0;
}

static int
read_lines(gsc_triples *t, const char *path, char *text, const uint16_t *places,
           size_t p)
{
    int status = 0;
    size_t room = 0, number = 1;
    for (char *line = text, *end; *line; line = end, number++) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        GSC_TRY(gsc_grow(&t->own, t->count, &room, sizeof *t->own));
        if (read_line(line, places, p, &t->own[t->count++]) < 0)
            return gsc_fail(GSC_EFORMAT,
                            "%s: line %zu: found '%.40s', expected residues a b c of "
                            "%zu to %zu",
                            path, number, line, p - t->n, p - 1);
    }
    if (t->count == 0)
        status =
            gsc_fail(GSC_EFORMAT, "%s: found no triple, expected lines 'a b c'", path);
out:
    return status;
}

static int
read_file(gsc_triples *t, const char *path, gsc_residue_order order, size_t p)
{
    int status = 0;
    char *text = NULL;
    uint16_t *places = NULL;
    size_t length;
    GSC_NEW(places, p);
    GSC_TRY(find_places(order, p, places));
    GSC_TRY(gsc_text_read_file(path, MOST_FILE_BYTES, &text, &length));
    GSC_TRY(read_lines(t, path, text, places, p));
out:
    free(text);
    free(places);
    return status;
}

/* ---- Any ---- */

int
gsc_triples_init(gsc_triples *triples, const char *choice, gsc_residue_order order,
                 size_t p)
{
    int status = 0;
    int64_t number;
    size_t n = order == GSC_RESIDUE_ORDER_LOGARITHM ? p - 1 : p;
    *triples = (gsc_triples){.n = n, .count = n * n * n};
    if (n == 0 || n > 1625) /* 1625^3 < 2^32 */
        return gsc_fail(GSC_EARGUMENT, "triples of %zu residues: expected 1 to 1625",
                        n);
    if (strcmp(choice, "all") == 0)
        return 0;
    triples->count = 0;
    if (strcmp(choice, "paper") == 0)
        GSC_TRY(take_papers(triples));
    else if (gsc_text_to_integer(choice, &number) == 0)
        GSC_TRY(draw(triples, number));
    else
        GSC_TRY(read_file(triples, choice, order, p));
out:
    if (status < 0)
        gsc_triples_free(triples);
    return status;
}

void
gsc_triples_free(gsc_triples *triples)
{
    free(triples->own);
    *triples = (gsc_triples){0};
}

void
gsc_triples_take(const gsc_triples *triples, size_t first, size_t count,
                 gsc_triple *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] =
            triples->own ? triples->own[first + i] : triple_at(triples->n, first + i);
}
