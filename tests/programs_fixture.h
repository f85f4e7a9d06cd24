/* Programs called within a test, again and again: their main has another name. */
#ifndef GSC_TEST_PROGRAMS_FIXTURE_H
#define GSC_TEST_PROGRAMS_FIXTURE_H

#include "test.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef int program(int argc, char **argv);
program double_descent_main, embedding_main, export_main, fourier_main, import_main,
    info_main, norms_main, phases_main, train_main;

enum { MOST_WORDS = 40 };

static const char *sink = "/dev/null"; /* of what they print */
static char said[4096];                /* by the last one on stderr */

/* Put `file` in the place of descriptor `number`; returns the former one. */
static inline int
redirect(int number, int file)
{
    int former = dup(number);
    assert_true(former >= 0 && dup2(file, number) == number);
    return former;
}

static inline void
restore(int number, int former)
{
    assert_int_equal(dup2(former, number), number);
    close(former);
}

/* The test's own calls are not to fail. */
static inline bool
online(bool on)
{
#ifdef GSC_TEST_FAILING_CALLS_H
    bool former = watching;
    watching = on;
    return former;
#else
    return on;
#endif
}

static inline int
call_quietly(program *called, int count, char **words)
{
    char name[] = "/tmp/grokscope-said-XXXXXX";
    bool online_measured = online(false);
    int file = mkstemp(name), nothing = open(sink, O_WRONLY);
    assert_true(file >= 0 && nothing >= 0 && unlink(name) == 0);
    fflush(stdout);
    fflush(stderr);
    int out = redirect(STDOUT_FILENO, nothing), err = redirect(STDERR_FILENO, file);
    online(online_measured);
    int code = called(count, words);
    online(false);
    fflush(stdout);
    clearerr(stdout);
    restore(STDOUT_FILENO, out);
    restore(STDERR_FILENO, err);
    ssize_t length = pread(file, said, sizeof said - 1, 0);
    said[length > 0 ? length : 0] = '\0';
    close(file);
    close(nothing);
    online(online_measured);
    return code;
}

/* The exit code of a program called with a line of words. */
static inline int
call_program(program *called, const char *line)
{
    char text[1024], *words[MOST_WORDS + 1] = {NULL};
    int count = 0;
    snprintf(text, sizeof text, "program %s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        assert_true(count < MOST_WORDS);
        words[count++] = word;
    }
    return call_quietly(called, count, words);
}

#endif
