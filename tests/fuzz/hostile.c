/* Checkpoints with hostile contents, given to all that reads them.
 *     hostile --count N [--seed S]     files of the seeds from S (1) on
 *     hostile --minutes M [--seed S]   until the time is over
 *     hostile --write S FILE           the file of a seed
 * With --broken the container too is damaged, which libhdf5 may not survive. Prints the
 * seed of each finding, with what the sanitizers say; 1 where there was any. */
#define _GNU_SOURCE

#include "hostile.h"

#include "grokscope/error.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH = 100,  /* files a process */
    SECONDS = 20, /* for one file: more is a hang */
    MOST_SHOWN = 30
};

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#else
enum { SANITIZED = 0 };
#endif

void __lsan_do_leak_check(void) __attribute__((weak));
const char *__lsan_default_suppressions(void);

/* It loses a few bytes where it refuses a file. */
const char *
__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

static hostile_base bases[HOSTILE_BASES];
static char folder[64], path[96], log_path[96];

/* Where a child is. */
static volatile struct place {
    uint64_t seed; /* 0: done with all */
    bool writing;  /* and not reading what was written */
} * current;
static bool broken;

/* ---- Files of seeds ---- */

static void
write_bytes(const char *to, const void *data, size_t length)
{
    FILE *file = fopen(to, "wb");
    if (!file || fwrite(data, 1, length, file) != length || fclose(file) != 0)
        abort();
}

void
hostile_write(const hostile_base *all, uint64_t seed, const char *to)
{
    fuzz_rng rng = {seed * 1000003};
    const hostile_base *base = &all[fuzz_below(&rng, HOSTILE_BASES)];
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    write_bytes(to, base->image, base->length);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    if (fuzz_below(&rng, 3) == 0) /* newer forms of what is added */
        H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    hid_t file = H5Fopen(to, H5F_ACC_RDWR, access);
    for (size_t times = 1 + fuzz_below(&rng, 6); times > 0; times--)
        hostile_change(base, file, &rng);
    H5Fclose(file);
    H5Pclose(access);
}

void
hostile_write_broken(const hostile_base *all, uint64_t seed, const char *to)
{
    fuzz_rng rng = {seed * 2000003};
    const hostile_base *base = &all[fuzz_below(&rng, HOSTILE_BASES)];
    size_t length = base->length;
    unsigned char *data = malloc(length);
    if (!data)
        abort();
    memcpy(data, base->image, length);
    for (size_t times = 1 + fuzz_below(&rng, 8); times > 0; times--) {
        size_t at = fuzz_below(&rng, length);
        if (fuzz_below(&rng, 2)) /* headers are at the front, and mostly zeros */
            at = fuzz_below(&rng, at + 1);
        data[at] = fuzz_below(&rng, 2) ? (unsigned char)fuzz_random(&rng)
                                       : (unsigned char)(data[at] + 1);
    }
    if (fuzz_below(&rng, 16) == 0)
        length = fuzz_below(&rng, length);
    write_bytes(to, data, length);
    free(data);
}

static void
write_seed(uint64_t seed, const char *to)
{
    if (broken)
        hostile_write_broken(bases, seed, to);
    else
        hostile_write(bases, seed, to);
}

/* ---- In a process of their own ---- */

static void
limit(void)
{
    const struct rlimit most = {(rlim_t)2 << 30, (rlim_t)2 << 30};
    if (!SANITIZED) /* whose shadow is larger by itself; their options limit them */
        setrlimit(RLIMIT_AS, &most);
}

static void
stop_hanging(int signal_number)
{
    (void)signal_number;
    abort();
}

/* What programs print is of no interest; what sanitizers say is kept, of the last file
 * alone. */
static void
run_seeds(uint64_t first, uint64_t count)
{
    int out = open("/dev/null", O_WRONLY);
    int log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    close(out);
    limit();
    signal(SIGALRM, stop_hanging);
    for (uint64_t seed = first; seed < first + count; seed++) {
        current->seed = seed;
        if (ftruncate(log, 0) != 0)
            abort();
        alarm(SECONDS);
        current->writing = true;
        write_seed(seed, path);
        current->writing = false;
        hostile_read(folder, path, (size_t)seed);
        alarm(0);
    }
    current->seed = 0;
    for (size_t i = 0; i < HOSTILE_BASES; i++)
        hostile_base_free(&bases[i]);
    /* The library crashes at exit where it failed to write, as it may have here. */
    if (__lsan_do_leak_check)
        __lsan_do_leak_check();
    _exit(0);
}

/* 0 where all seeds were fine, else the process's end. */
static int
try_seeds(uint64_t first, uint64_t count)
{
    int end = 0;
    pid_t child = fork();
    if (child == 0)
        run_seeds(first, count);
    if (child < 0 || waitpid(child, &end, 0) < 0)
        abort();
    return end;
}

/* The first lines of what was said, those of the stack above all. */
static void
show_log(void)
{
    char line[400];
    FILE *log = fopen(log_path, "r");
    for (int shown = 0; log && shown < MOST_SHOWN && fgets(line, sizeof line, log);)
        if (strstr(line, "ERROR") || strstr(line, "    #") || strstr(line, "rror:") ||
            strstr(line, "code ") || strstr(line, "SUMMARY")) {
            fputs(line, stdout);
            shown++;
        }
    if (log)
        fclose(log);
}

/* A finding is shown; leaks are told at a process's end, so its seeds are tried one by
 * one. Returns the number of findings, and how many seeds are done with. */
static size_t
find_out(uint64_t first, uint64_t count, uint64_t *done)
{
    uint64_t at = current->seed;
    size_t findings = 0;
    *done = count;
    if (at == 0) {
        for (uint64_t seed = first; seed < first + count; seed++)
            if (try_seeds(seed, 1) != 0) {
                printf("finding: seed %llu\n", (unsigned long long)seed);
                show_log();
                findings++;
            }
        return findings;
    }
    *done = at - first + 1;
    if (current->writing) { /* there is no such file */
        printf("libhdf5 does not survive writing seed %llu\n", (unsigned long long)at);
        return 0;
    }
    printf("finding: seed %llu\n", (unsigned long long)at);
    show_log();
    return 1;
}

/* ---- The program ---- */

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int
search(uint64_t seed, uint64_t count, double minutes)
{
    double start = now();
    uint64_t first = seed, done;
    size_t findings = 0;
    while (minutes > 0 ? now() - start < 60 * minutes : seed < first + count) {
        uint64_t batch =
            minutes > 0 || first + count - seed > BATCH ? BATCH : first + count - seed;
        current->seed = 0;
        done = batch;
        if (try_seeds(seed, batch) != 0)
            findings += find_out(seed, batch, &done);
        seed += done;
        fflush(stdout);
    }
    printf("%llu files, %.0f a second, %zu findings\n",
           (unsigned long long)(seed - first), (double)(seed - first) / (now() - start),
           findings);
    return findings > 0;
}

/* What a file names beside itself is looked for, and made, in the folder that goes away
 * at the end: no other place is ever named. */
static void
prepare(void)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 0); /* its threads do not live on in a child */
    for (unsigned kind = 0; kind < HOSTILE_BASES; kind++)
        hostile_base_init(&bases[kind], kind);
    snprintf(folder, sizeof folder, "%s/grokscope-hostile-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder))
        abort();
    snprintf(path, sizeof path, "%s/step-000000000.h5", folder);
    snprintf(log_path, sizeof log_path, "%s/log", folder);
    current = mmap(NULL, sizeof *current, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (current == MAP_FAILED || chdir(folder) != 0)
        abort();
}

int
main(int argc, char **argv)
{
    uint64_t seed = 1, count = 300;
    double minutes = 0;
    const char *to = NULL;
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--broken") == 0)
            broken = true;
        else if (strcmp(argv[i], "--seed") == 0 && has_value)
            seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--count") == 0 && has_value)
            count = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--minutes") == 0 && has_value)
            minutes = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--write") == 0 && i + 2 < argc) {
            seed = strtoull(argv[++i], NULL, 10);
            to = argv[++i];
        } else {
            fprintf(stderr, "hostile: %s?\n", argv[i]);
            return 2;
        }
    }
    if (to && *to != '/') {
        fprintf(stderr, "hostile: %s: give the whole path\n", to);
        return 2;
    }
    prepare();
    if (to)
        write_seed(seed, to);
    int found = to ? 0 : search(seed, count, minutes);
    for (size_t i = 0; i < HOSTILE_BASES; i++)
        hostile_base_free(&bases[i]);
    unlink(path);
    unlink("outside");
    unlink(log_path);
    rmdir(folder);
    return found;
}
