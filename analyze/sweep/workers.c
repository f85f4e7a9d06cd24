/* Runs of a sweep as processes of the trainer. */
#define _GNU_SOURCE /* close_range */
#include "analyze/sweep/workers.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/sweep/sweep_state.h"
#include "train/base/blas.h"
#include "train/hdf5/h5.h"
#include "train/numeric/gemm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

/* A place for one process. */
typedef struct place {
    pid_t process; /* 0: free */
    int lock;
    const gsc_planned_run *run;
    gsc_sweep_paths paths;
} place;

typedef struct pool {
    const gsc_workers *self;
    const gsc_sweep_plan *plan;
    gsc_workers_progress *progress;
    char recipe[GSC_PATH_BYTES];
    place *places;
    size_t num_busy, next;
    int asked;       /* the signals of `stop` that were passed on */
    sigset_t waking; /* that end a pause: all but those that were blocked before */
} pool;

/* ---- The command ---- */

static void
free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

static int
add_word(char **words, size_t *count, const char *text)
{
    words[*count] = gsc_copy_text(text);
    return words[*count] ? ((*count)++, 0) : GSC_EMEMORY;
}

/* grokscope-train sweep.recipe --seed=3 … --out FOLDER/ID --resume */
static int
make_command(const pool *p, const place *at, char ***words, size_t *num_words)
{
    int status = 0;
    char threads[GSC_NUMBER_BYTES];
    size_t count = 0;
    gsc_text option = {0};
    const char *const fixed[] = {"--out",    at->paths.run, "--resume",  "--quiet",
                                 "--format", "json",        "--threads", threads};
    snprintf(threads, sizeof threads, "%zu", p->self->num_threads);
    GSC_NEW(*words, p->plan->num_names + sizeof fixed / sizeof *fixed + 3);
    GSC_TRY(add_word(*words, &count, "grokscope-train"));
    GSC_TRY(add_word(*words, &count, p->recipe));
    for (size_t n = 0; n < p->plan->num_names; n++) {
        option.length = 0;
        GSC_TRY(gsc_options_add_name(p->plan->names[n], &option));
        GSC_TRY(gsc_text_add(&option, "=%s", at->run->values[n]));
        GSC_TRY(add_word(*words, &count, option.data));
    }
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        GSC_TRY(add_word(*words, &count, fixed[i]));
    *num_words = count;
out:
    gsc_text_free(&option);
    return status;
}

/* ---- A process ---- */

/* What this program has open is none of the child's: a lock that it kept would outlive
 * the run that it is of. */
static void
close_files(void)
{
    enum { FIRST = STDERR_FILENO + 1, MOST = 4096 };
#ifdef __linux__
    if (close_range(FIRST, ~0U, 0) == 0)
        return;
#endif
    for (int file = FIRST; file < MOST; file++)
        close(file);
}

/* In the child. It has a group of its own, so that an interrupt from the keyboard
 * reaches this program alone, which passes it on; and it ends where this program is
 * killed. */
static void
become_trainer(const pool *p, char **words, size_t count, int output, int errors)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGUSR1, SIGCHLD};
    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_NAME, words[0]); /* for ps and top */
#endif
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        signal(caught[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &p->waking, NULL);
    if (dup2(output, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
        _exit(127);
    close_files();
    exit(p->self->train((int)count, words));
}

static int
open_new(const char *path, int *file)
{
    *file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return *file >= 0 ? 0 : gsc_fail(GSC_EIO, "%s: %s", path, strerror(errno));
}

static int
start_process(const pool *p, place *at)
{
    int status = 0, output = -1, errors = -1;
    char **words = NULL;
    size_t count = 0;
    GSC_TRY(make_command(p, at, &words, &count));
    GSC_TRY(open_new(at->paths.draft, &output));
    GSC_TRY(open_new(at->paths.said, &errors));
    fflush(NULL); /* else the child writes it too */
    at->process = fork();
    if (at->process == 0)
        become_trainer(p, words, count, output, errors);
    if (at->process < 0) {
        at->process = 0;
        status = gsc_fail(GSC_EIO, "no process can be started: %s", strerror(errno));
    }
out:
    if (output >= 0)
        close(output);
    if (errors >= 0)
        close(errors);
    free_words(words);
    return status;
}

static void
release(place *at)
{
    close(at->lock);
    *at = (place){.process = 0};
}

/* ---- What became of it ---- */

/* The last line of what the trainer said; its end where that is long. */
static void
read_said(const char *path, char *said, size_t size)
{
    FILE *file = fopen(path, "re");
    size_t length = 0;
    if (file && fseek(file, 0, SEEK_END) == 0) {
        long bytes = ftell(file), most = (long)size - 1;
        if (fseek(file, bytes > most ? bytes - most : 0, SEEK_SET) == 0)
            length = fread(said, 1, size - 1, file);
    }
    if (file)
        fclose(file);
    while (length > 0 && said[length - 1] == '\n')
        length--;
    said[length] = '\0';
    const char *line = strrchr(said, '\n');
    if (line)
        memmove(said, line + 1, strlen(line + 1) + 1);
}

/* A run that is done needs nothing to go on with. */
static void
trim(const place *at)
{
    static const char *const names[] = {"resume.h5", "resume-previous.h5"};
    char path[GSC_PATH_BYTES];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (gsc_run_join(path, at->paths.run, names[i]) == 0)
            unlink(path);
}

static int
finish(pool *p, const place *at)
{
    if (!p->self->keep_all)
        trim(at);
    if (rename(at->paths.draft, at->paths.summary) != 0)
        return gsc_fail(GSC_EIO, "%s: %s", at->paths.summary, strerror(errno));
    unlink(at->paths.said);
    unlink(at->paths.failed);
    unlink(at->paths.lock); /* who still opens it finds the run done */
    p->progress->done++;
    return 0;
}

/* Whether another trainer is at it, which a killed sweep may have left to end its step.
 */
static bool
is_taken(const place *at)
{
    int lock;
    if (access(at->paths.run, F_OK) != 0)
        return false;
    int status = gsc_run_lock(at->paths.run, &lock, NULL);
    if (status == 0)
        gsc_run_unlock(lock);
    return status == GSC_EBUSY;
}

/* Beside what it said itself. */
static void
add_signal(const char *path, int number)
{
    FILE *file = fopen(path, "ae");
    if (!file)
        return;
    fprintf(file, "grokscope-train was ended by signal %d, %s\n", number,
            strsignal(number));
    fclose(file);
}

static int
judge(pool *p, const place *at, int end)
{
    char said[2048];
    bool ended = WIFEXITED(end);
    if (ended && WEXITSTATUS(end) == 0)
        return finish(p, at);
    unlink(at->paths.draft);
    if (*p->self->stop || (ended && WEXITSTATUS(end) > 128)) {
        unlink(at->paths.said);
        p->progress->stopped++;
        return 0;
    }
    if (is_taken(at)) {
        unlink(at->paths.said);
        p->progress->elsewhere++;
        return 0;
    }
    if (!ended)
        add_signal(at->paths.said, WTERMSIG(end));
    read_said(at->paths.said, said, sizeof said);
    if (rename(at->paths.said, at->paths.failed) != 0)
        return gsc_fail(GSC_EIO, "%s: %s", at->paths.failed, strerror(errno));
    p->progress->failed++;
    p->self->tell(p->self->context, at->run->id, said);
    return 0;
}

/* ---- All of them ---- */

/* Begin the next run that is neither done nor another's. */
static int
begin_next(pool *p, place *at)
{
    int status = 0;
    const gsc_planned_run *run = &p->plan->runs[p->next];
    p->next += p->self->parts;
    at->run = run;
    GSC_TRY(gsc_sweep_paths_init(&at->paths, p->self->folder, run->id));
    switch (gsc_sweep_state_of(&at->paths)) {
    case GSC_SWEEP_DONE:
        p->progress->found_done++;
        return 0;
    case GSC_SWEEP_FAILED:
        p->progress->found_failed++;
        return 0;
    default:
        break;
    }
    GSC_TRY(gsc_sweep_claim(&at->paths, &at->lock));
    if (at->lock < 0) {
        p->progress->elsewhere++;
        return 0;
    }
    if (gsc_sweep_state_of(&at->paths) == GSC_SWEEP_DONE) { /* just now, by another */
        p->progress->found_done++;
        release(at);
        return 0;
    }
    status = start_process(p, at);
    if (status < 0)
        release(at);
    else
        p->num_busy++;
out:
    return status;
}

static int
begin_all(pool *p)
{
    int status = 0;
    for (size_t i = 0; i < p->self->num_workers; i++)
        while (p->places[i].process == 0 && p->next < p->plan->num_runs &&
               !*p->self->stop)
            GSC_TRY(begin_next(p, &p->places[i]));
out:
    return status;
}

/* Take in those that ended; *any tells whether some did. */
static int
collect_ended(pool *p, bool *any)
{
    int status = 0;
    *any = false;
    for (size_t i = 0; i < p->self->num_workers; i++) {
        int end;
        place *at = &p->places[i];
        if (at->process == 0 || waitpid(at->process, &end, WNOHANG) != at->process)
            continue;
        *any = true;
        p->num_busy--;
        status = judge(p, at, end);
        release(at);
        GSC_TRY(status);
    }
out:
    return status;
}

/* Each signal to this program is one to each of them. */
static void
pass_on_stop(pool *p)
{
    if (p->asked == *p->self->stop)
        return;
    p->asked = *p->self->stop;
    for (size_t i = 0; i < p->self->num_workers; i++)
        if (p->places[i].process > 0)
            kill(p->places[i].process, SIGTERM);
}

/* ---- Waiting ---- */

static void
wake(int number)
{
    (void)number;
}

/* A child that ends is told of in a pause only, so that none ends unseen before it. */
static void
begin_waiting(pool *p)
{
    sigset_t child;
    struct sigaction action = {.sa_handler = wake};
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &p->waking);
}

static void
wait_a_little(const pool *p)
{
    const struct timespec pause = {0, 100000000}; /* to show how far it is */
    pselect(0, NULL, NULL, NULL, &pause, &p->waking);
}

/* What is made once in a process and used by all its children: the kernels of products
 * (30 ms), the tables of HDF5. A failure is the children's to tell. */
static void
warm_up(void)
{
    enum { SIZE = 64 }; /* smaller ones need no kernel */
    gsc_h5 *file = NULL;
    float *one = gsc_new(SIZE * SIZE, sizeof *one);
    float *product = gsc_new(SIZE * SIZE, sizeof *product);
    gsc_blas_prepare();
    if (one && product)
        gsc_gemm_f32(false, false, SIZE, SIZE, SIZE, 1, one, SIZE, one, SIZE, 0,
                     product, SIZE);
    free(one);
    free(product);
    if (gsc_h5_create(&file, "warm") == 0)
        gsc_h5_close(file);
}

static int
run_all(pool *p)
{
    int status = 0;
    do {
        bool any;
        GSC_TRY(begin_all(p));
        GSC_TRY(collect_ended(p, &any));
        pass_on_stop(p);
        p->self->show(p->self->context, p->progress);
        if (p->num_busy > 0)
            wait_a_little(p);
    } while (p->num_busy > 0 || (p->next < p->plan->num_runs && !*p->self->stop));
out:
    return status;
}

/* After a failure of this program's own: nothing is left running. */
static void
end_all(pool *p)
{
    for (size_t i = 0; i < p->self->num_workers; i++)
        if (p->places[i].process > 0) {
            kill(p->places[i].process, SIGTERM);
            waitpid(p->places[i].process, NULL, 0);
            release(&p->places[i]);
        }
}

int
gsc_workers_run(const gsc_workers *self, const gsc_sweep_plan *plan,
                gsc_workers_progress *progress)
{
    int status = 0;
    pool p = {.self = self, .plan = plan, .progress = progress, .next = self->part};
    *progress = (gsc_workers_progress){
        .total = plan->num_runs > self->part
                     ? (plan->num_runs - self->part - 1) / self->parts + 1
                     : 0};
    GSC_TRY(gsc_run_join(p.recipe, self->folder, "sweep.recipe"));
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    GSC_NEW(p.places, self->num_workers);
    warm_up();
    begin_waiting(&p);
    GSC_TRY(run_all(&p));
out:
    if (p.places)
        end_all(&p);
    free(p.places);
    return status;
}
