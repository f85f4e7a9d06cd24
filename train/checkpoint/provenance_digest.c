/* The SHA-256 of the notes in /provenance. */
#include "train/checkpoint/provenance_digest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <nettle/sha2.h>

/* The note with the first name after `name`, or NULL. */
static const gsc_provenance_item *
next_note(const gsc_provenance_item *notes, size_t count, const char *name)
{
    const gsc_provenance_item *next = NULL;
    for (size_t i = 0; i < count; i++)
        if ((!name || strcmp(notes[i].name, name) > 0) &&
            (!next || strcmp(notes[i].name, next->name) < 0))
            next = &notes[i];
    return next;
}

static void
add_text(struct sha256_ctx *sum, const char *text)
{
    sha256_update(sum, strlen(text) + 1, (const uint8_t *)text);
}

void
gsc_provenance_digest(const gsc_provenance_item *notes, size_t count,
                      char digest[GSC_DIGEST_BYTES])
{
    struct sha256_ctx sum;
    uint8_t bytes[SHA256_DIGEST_SIZE];
    const gsc_provenance_item *note = NULL;
    sha256_init(&sum);
    while ((note = next_note(notes, count, note ? note->name : NULL))) {
        add_text(&sum, note->name);
        add_text(&sum, note->text);
    }
    sha256_digest(&sum, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
}
