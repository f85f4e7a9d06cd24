/* grokscope: the questions one can ask, and the way to the program that answers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

typedef struct question {
    const char *name, *answer;
} question;

static const question questions[] = {
    {"train", "train a network from a recipe and save its checkpoints"},
    {"info", "what a checkpoint holds; check it, hash it, repeat it"},
    {"fourier", "power of every frequency of embedding, unembedding and neurons"},
};

enum { NUM_QUESTIONS = sizeof questions / sizeof *questions };

static void
list_questions(FILE *stream)
{
    fprintf(stream,
            "grokscope: look inside networks that grok\n\n"
            "Usage: grokscope QUESTION [ARGUMENTS]   (or grokscope-QUESTION)\n\n");
    for (size_t i = 0; i < NUM_QUESTIONS; i++)
        fprintf(stream, "  %-10s%s\n", questions[i].name, questions[i].answer);
    fprintf(stream, "\ngrokscope QUESTION --help shows examples and options.\n");
}

/* Become the program that answers: beside this one, else on the PATH. */
static int
ask(const char *name, char **argv)
{
    char program[PATH_BYTES], path[PATH_BYTES];
    snprintf(program, sizeof program, "grokscope-%s", name);
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';
        char *slash = strrchr(path, '/');
        size_t room = slash ? sizeof path - (size_t)(slash + 1 - path) : 0;
        if (slash && strlen(program) < room) {
            strcpy(slash + 1, program);
            argv[0] = path;
            execv(path, argv);
        }
    }
    argv[0] = program;
    execvp(program, argv);
    fprintf(stderr, "grokscope: %s: %s\n", program, strerror(errno));
    return 1;
}

int
main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        list_questions(stdout);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("grokscope (grokscope) %s\n", GSC_VERSION);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    for (size_t i = 0; i < NUM_QUESTIONS; i++)
        if (strcmp(argv[1], questions[i].name) == 0)
            return ask(argv[1], argv + 1);
    fprintf(stderr, "grokscope: no question '%s'\n\n", argv[1]);
    list_questions(stderr);
    return 2;
}
