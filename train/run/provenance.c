/* What a run notes in its files of how it was made. */
#include "train/run/provenance.h"

#include "grokscope/error.h"

#include "train/hdf5/h5.h"
#include "train/numeric/libraries.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

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

/* ---- What results depend on ---- */

#if defined(__GNUC__) && !defined(__clang__)
#define COMPILER "gcc " __VERSION__
#elif defined(__VERSION__)
#define COMPILER __VERSION__
#else
#define COMPILER "unknown compiler"
#endif

/* The processor's name where the system tells it as Linux does. */
static void
read_cpu(char *text, size_t room)
{
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(text, room, "unknown");
    while (file && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(text, room, "%s", colon + 1 + strspn(colon + 1, " "));
        break;
    }
    if (file)
        fclose(file);
}

static void
describe_libraries(char *text, size_t room)
{
    char h5[32];
    gsc_numeric_libraries(text, room);
    gsc_h5_library(h5, sizeof h5);
    size_t used = strlen(text);
    snprintf(text + used, room - used, ", HDF5 %s", h5);
#ifdef __GLIBC__
    used = strlen(text);
    snprintf(text + used, room - used, ", glibc %s", gnu_get_libc_version());
#endif
}

static const char *
find_note(const gsc_provenance_item *notes, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(notes[i].name, name) == 0)
            return notes[i].text;
    return NULL;
}

int
gsc_provenance_add_changes(const gsc_provenance_item *had, size_t num_had,
                           const gsc_provenance_item *has, size_t num_has,
                           gsc_text *text)
{
    static const struct {
        const char *name, *words;
    } notes[] = {{"instruction_set", "instruction set"},
                 {"libraries", "libraries"},
                 {"build", "build"},
                 {"version", "version"}};
    int status = 0;
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        const char *then = find_note(had, num_had, notes[i].name);
        const char *now = find_note(has, num_has, notes[i].name);
        if (then && now && strcmp(then, now) != 0)
            GSC_TRY(gsc_text_add(text, "%s%s was '%s' and is '%s'",
                                 text->length > 0 ? "; " : "", notes[i].words, then,
                                 now));
    }
out:
    return status;
}

/* ---- All notes ---- */

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
    read_cpu(self->cpu, sizeof self->cpu);
    gsc_numeric_instruction_set(self->instruction_set, sizeof self->instruction_set);
    describe_libraries(self->libraries, sizeof self->libraries);
    snprintf(self->build, sizeof self->build, "%s, %s", COMPILER, GSC_BUILD);
    const gsc_provenance_item items[GSC_PROVENANCE_ITEMS] = {
        {"build", self->build},
        {"command", self->command},
        {"cpu", self->cpu},
        {"host", self->host},
        {"instruction_set", self->instruction_set},
        {"libraries", self->libraries},
        {"started", self->started},
        {"threads", self->threads},
        {"version", "grokscope " GSC_VERSION}};
    memcpy(self->items, items, sizeof items);
}
