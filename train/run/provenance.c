/* What a run notes in its files of how it was made. */
#include "train/run/provenance.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void
join_words(int argc, char *const *argv, char *text, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < argc && used < size; i++) {
        int length =
            snprintf(text + used, size - used, "%s%s", i > 0 ? " " : "", argv[i]);
        used = length < 0 ? size : used + (size_t)length;
    }
}

void
gsc_provenance_init(gsc_provenance *self, int argc, char *const *argv,
                    int64_t num_threads)
{
    time_t now = time(NULL);
    struct tm utc;
    *self = (gsc_provenance){.host = "unknown"};
    join_words(argc, argv, self->command, sizeof self->command);
    gethostname(self->host, sizeof self->host - 1);
    strftime(self->started, sizeof self->started, "%Y-%m-%dT%H:%M:%SZ",
             gmtime_r(&now, &utc));
    snprintf(self->threads, sizeof self->threads, "%lld", (long long)num_threads);
    const gsc_provenance_item items[GSC_PROVENANCE_ITEMS] = {
        {"command", self->command},
        {"host", self->host},
        {"started", self->started},
        {"threads", self->threads},
        {"version", "grokscope " GSC_VERSION}};
    memcpy(self->items, items, sizeof items);
}
