/* grokscope: the questions one can ask, and the way to the program that answers. */
#include "grokscope/error.h"
#include "grokscope/options.h"
#include "grokscope/text.h"

#include "analyze/tool/program_path.h"
#include "train/base/terminal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A row without an answer is the heading of those after it. */
typedef struct question {
    const char *name, *answer;
} question;

static const question questions[] = {
    {"Train", NULL},
    {"train", "train a network from a recipe and save its checkpoints"},
    {"sweep", "train many networks of one recipe, and tell what came of each"},
    {"phases", "which runs memorise, grok or comprehend, and where the borders lie"},
    {"Look", NULL},
    {"info", "what a checkpoint holds; check it, hash it, repeat it"},
    {"report", "look at runs in a browser: one page that holds all it shows"},
    {"fourier", "which frequencies embedding, unembedding and neurons are made of"},
    {"norms", "how large the weights are, of what rank, how far they have come"},
    {"progress", "how far a circuit has come: restricted, excluded losses, phases"},
    {"origins", "where a network's circles come from: lottery, random walk, evolution"},
    {"clockpizza", "how a network adds: by clocks, by pizzas, circle by circle"},
    {"agop", "whether the average gradient outer product is circulant"},
    {"rqi", "how far the embedding has the geometry of the group"},
    {"parity", "which bits a network of bits reads, before and after it is right"},
    {"quanta", "which of many tasks a network has learned, and when"},
    {"effective-theory", "what a toy's training set asks of its representation"},
    {"groups", "which representations of a group it has learned, and when"},
    {"induction", "which heads look for what followed a token before"},
    {"logit-lens", "what the residual stream says at each layer and position"},
    {"tracing", "which states the answer of two hops goes through"},
    {"multihop", "what follows from two facts: a graph's phi, lemmas, augmentation"},
    {"mask-distance", "how far the set of the largest weights has moved"},
    {"efficiency", "how large the right logits are for the size of the weights"},
    {"sharpness", "how far the loss can rise close to the weights"},
    {"stability", "whether the loss still has a gradient: softmax collapse, scaling"},
    {"gradients", "where the loss pulls: gradients by tensor, depth and key frequency"},
    {"double-descent", "two small models whose error falls, rises and falls again"},
    {"pathways", "which experts, or neurons, each sample goes through"},
    {"landscape", "losses of runs against the length of their weights"},
    {"metrics", "how well it answers, by metrics that jump and by smooth ones"},
    {"ntk", "whether the network is lazy: its tangent kernel and the targets"},
    {"committee", "a committee's test loss as a formula, part by part"},
    {"commutator", "whether the order of two minibatches matters"},
    {"spectral-edge",
     "in how many directions the weights move: updates' singular values"},
    {"hessian", "how curved the loss is: eigenvalues, trace, spectral density"},
    {"llc", "how degenerate the minimum is: the local learning coefficient"},
    {"probe", "what a linear probe reads from activations, against control labels"},
    {"ablate", "what a checkpoint does without some parts, or with others'"},
    {"prune", "first weights of which a mask keeps a share, to train from"},
    {"pruning", "which neurons memorise: accuracy without those of low or high IPR"},
    {"Compare", NULL},
    {"compare", "what two checkpoints have in common: circuits, neurons, barriers"},
    {"Take in, take away", NULL},
    {"import", "read what others trained: PyTorch, safetensors, npz"},
    {"export", "write weights or history for other programs"},
    {"embedding", "rows of embeddings and activations for t-SNE, with their labels"},
};

enum { NUM_QUESTIONS = sizeof questions / sizeof *questions };

/* One question; a long answer goes on below itself. */
static void
list_question(FILE *stream, const question *q)
{
    gsc_text text = {0};
    size_t width = gsc_terminal_width(fileno(stream));
    if (gsc_options_add_wrapped(q->answer, 20, width, &text) == 0)
        fprintf(stream, "  %-18s%s", q->name, text.data);
    gsc_text_free(&text);
}

static void
list_questions(FILE *stream)
{
    fprintf(stream, "grokscope: look inside networks that grok\n\n"
                    "Usage: grokscope QUESTION [ARGUMENTS]\n"
                    "       grokscope-QUESTION [ARGUMENTS]\n"
                    "       grokscope help [QUESTION]\n"
                    "       grokscope version\n"
                    "       grokscope --python\n\n");
    for (size_t i = 0; i < NUM_QUESTIONS; i++) {
        const question *q = &questions[i];
        if (q->answer)
            list_question(stream, q);
        else
            fprintf(stream, "%s%s:\n", i > 0 ? "\n" : "", q->name);
    }
    fprintf(stream, "\ngrokscope help QUESTION shows examples and options.\n");
}

/* The same as a man page. */
static void
print_manual(void)
{
    printf(".TH GROKSCOPE 1 \"\" \"grokscope %s\" \"Manual of grokscope\"\n"
           ".nh\n.ad l\n"
           ".SH NAME\n"
           "grokscope \\- look inside networks that grok\n"
           ".SH SYNOPSIS\n"
           "\\fBgrokscope\\fR \\fIQUESTION\\fR [\\fIARGUMENTS\\fR]\n"
           ".br\n"
           ".B grokscope help\\fR [\\fIQUESTION\\fR]\n"
           ".br\n"
           ".B grokscope version\n"
           ".br\n"
           ".B grokscope "
           "\\-\\-help\\fR|\\fB\\-\\-version\\fR|\\fB\\-\\-man\\fR|\\fB\\-\\-python\n"
           ".SH DESCRIPTION\n"
           "Each question has a program that answers it. This one finds it, beside\n"
           "itself or else on the PATH, and gives it the arguments.\n"
           ".B \\-\\-python\n"
           "prints the folder of the Python module; see \\fBgrokscope\\fR(7). The\n"
           "questions:\n",
           GSC_VERSION);
    for (size_t i = 0; i < NUM_QUESTIONS; i++) {
        const question *q = &questions[i];
        if (q->answer)
            printf(".TP\n.B %s\n%s: see \\fBgrokscope\\-%s\\fR(1)\n", q->name,
                   q->answer, q->name);
        else
            printf(".SS \"%s\"\n", q->name);
    }
    printf(".SH \"EXIT STATUS\"\n"
           "That of the program; 1 where the program is missing, 2 where there is no\n"
           "such question.\n"
           ".SH \"SEE ALSO\"\n"
           ".BR grokscope (7)\n");
}

static int
flush_answer(void)
{
    return fflush(stdout) == 0 ? 0 : 1;
}

/* Where `import grokscope` of Python finds the module: beside this program, wherever it
 * was moved. */
static int
print_python(void)
{
    char own[GSC_PATH_BYTES], folder[GSC_PATH_BYTES + 32] = "", *whole = NULL;
    if (gsc_program_folder(own)) {
        snprintf(folder, sizeof folder, "%s/../share/grokscope/python", own);
        whole = realpath(folder, NULL);
    }
    if (!whole) {
        fprintf(stderr, "grokscope: %s: %s\n", folder, strerror(errno));
        return 1;
    }
    printf("%s\n", whole);
    free(whole);
    return flush_answer();
}

/* Become the program that answers: beside this one, else on the PATH. */
static int
ask(const char *name, char **argv)
{
    char program[GSC_PATH_BYTES], path[GSC_PATH_BYTES];
    snprintf(program, sizeof program, "grokscope-%s", name);
    gsc_program_find(program, path);
    argv[0] = path;
    execvp(path, argv);
    fprintf(stderr, "grokscope: %s: %s\n", program, strerror(errno));
    return 1;
}

static bool
is_question(const char *word)
{
    for (size_t i = 0; i < NUM_QUESTIONS; i++)
        if (questions[i].answer && strcmp(word, questions[i].name) == 0)
            return true;
    return false;
}

/* With the one that was meant, or all of them. */
static int
refuse(const char *word)
{
    const char *names[NUM_QUESTIONS + 2] = {"help", "version"};
    size_t count = 2;
    for (size_t i = 0; i < NUM_QUESTIONS; i++)
        if (questions[i].answer)
            names[count++] = questions[i].name;
    const char *nearest = gsc_text_nearest(word, names, count);
    int status = gsc_fail(GSC_EARGUMENT, "no question '%s'", word);
    fprintf(stderr, "grokscope: %s", gsc_error_text());
    if (nearest) {
        fprintf(stderr, "; did you mean '%s'?\n", nearest);
    } else {
        fprintf(stderr, "\n\n");
        list_questions(stderr);
    }
    return gsc_exit_code(status);
}

/* `grokscope help fourier` is `grokscope fourier --help`. */
static int
help(const char *word)
{
    static char option[] = "--help";
    char *arguments[] = {NULL, option, NULL};
    if (!word) {
        list_questions(stdout);
        return flush_answer();
    }
    return is_question(word) ? ask(word, arguments) : refuse(word);
}

int
main(int argc, char **argv)
{
    const char *word = argc < 2 ? "help" : argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return help(NULL);
    if (strcmp(word, "help") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
        printf("grokscope (grokscope) %s\n", GSC_VERSION);
        return flush_answer();
    }
    if (strcmp(word, "--man") == 0) {
        print_manual();
        return flush_answer();
    }
    if (strcmp(word, "--python") == 0)
        return print_python();
    return is_question(word) ? ask(word, argv + 1) : refuse(word);
}
