/* grokscope-multihop: what follows from two facts of a graph, and how much would. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "analyze/method/task/multihop.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/program.h"
#include "train/base/file.h"
#include "train/data/hops.h"
#include "train/exchange/fact_files.h"

#include <math.h>
#include <stdlib.h>

static struct options {
    double vertices, hops, branching, phi, augment;
    int64_t core, seed, format;
    char facts[GSC_OPTION_TEXT_BYTES], inferred[GSC_OPTION_TEXT_BYTES];
    char columns[GSC_OPTION_TEXT_BYTES], output[GSC_OPTION_TEXT_BYTES];
    bool force;
} options;

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(struct options, core, "-1", -1, 1000000,
                    "Take only the facts with one tail, of which each has a part in at "
                    "least so many inferred ones; -1: take all."),
    GSC_ROW_REAL(struct options, augment, "0", 0, 1000,
                 "Add facts to the core until so many inferred ones follow from each; "
                 "0: none."),
    GSC_ROW_INTEGER(struct options, seed, "0", 0, 0x1p53,
                    "Seed of the facts that are added."),
    GSC_ROW_TEXT(struct options, facts, "", "FILE",
                 "Write the facts, as triples that the task two_hop reads."),
    GSC_ROW_TEXT(struct options, inferred, "", "FILE",
                 "Write the functional inferred facts: head, relation, relation, tail, "
                 "bridge, and 1 where a fact that was added has a part in it."),
    GSC_ROW_REAL(struct options, vertices, "0", 0, 1e12,
                 "Calculator: entities V of a random graph; 0: read files."),
    GSC_ROW_REAL(struct options, hops, "2", 1, 100, "Calculator: hops n."),
    GSC_ROW_REAL(struct options, branching, "5", 0, 1e9,
                 "Calculator: facts b of each entity."),
    GSC_ROW_REAL(struct options, phi, "3.6", 0, 1e9,
                 "Calculator: ratio to be reached."),
    GSC_ROW_FORMAT(struct options, gsc_file_format_names),
    GSC_ROW_COLUMNS(struct options),
    GSC_ROW_OUTPUT(struct options, "FILE",
                   "Write the answer to this file, not to standard output."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace an existing output."),
};
static const gsc_options sets[] = {
    {"multihop", rows, sizeof rows / sizeof *rows, &options}};

static const char program_name[] = "grokscope-multihop";

static const gsc_column graph_columns[] = {
    {"files", GSC_CELL_INTEGER, false, "that were read", false},
    {"questions", GSC_CELL_INTEGER, false, "in them", false},
    {"steps", GSC_CELL_INTEGER, false, "single hops of these questions", false},
    {"chains", GSC_CELL_INTEGER, false,
     "questions of two steps, the second about the answer of the first", false},
    {"unread", GSC_CELL_INTEGER, false, "steps that are no triple", false},
    {"entities", GSC_CELL_INTEGER, false, "heads and tails", false},
    {"relations", GSC_CELL_INTEGER, false, "different ones", false},
    {"facts", GSC_CELL_INTEGER, false, "different triples", false},
    {"paths", GSC_CELL_INTEGER, false, "h, r1, b, r2, t with t other than h", false},
    {"loops", GSC_CELL_INTEGER, false, "the same with t = h", false},
    {"inferred", GSC_CELL_INTEGER, false, "different h, r1, r2, t of the paths", false},
    {"functional", GSC_CELL_INTEGER, false,
     "paths and loops of which each hop has one tail", false},
    {"phi", GSC_CELL_REAL, false, "inferred / facts", false},
    {"phi_functional", GSC_CELL_REAL, false, "functional / facts", false}};

static const gsc_column lemma_columns[] = {
    {"vertices", GSC_CELL_REAL, false, "V", false},
    {"hops", GSC_CELL_REAL, false, "n", false},
    {"branching", GSC_CELL_REAL, false, "b", false},
    {"facts", GSC_CELL_REAL, false,
     "Lemma 1: facts of n hops, V (V-1) … (V-n) (b / (V-1))^n", false},
    {"ratio", GSC_CELL_REAL, false, "these for each of the V b facts of one hop",
     false},
    {"limit", GSC_CELL_REAL, false, "b^(n-1), which the ratio has for many vertices",
     false},
    {"phi", GSC_CELL_REAL, false, "ratio to be reached", false},
    {"least_branching", GSC_CELL_REAL, false,
     "Lemma 2: b at which it is; nan for one hop", false}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- The calculator ---- */

static int
fill_lemmas(gsc_rows *table)
{
    const gsc_hop_sizes sizes = {options.vertices, options.hops, options.branching};
    gsc_rows_init(table, lemma_columns, COUNT(lemma_columns));
    if (floor(sizes.hops) != sizes.hops || floor(sizes.vertices) != sizes.vertices ||
        sizes.vertices <= sizes.hops)
        return gsc_fail(GSC_EARGUMENT,
                        "vertices: %g and %g hops; expected whole numbers, and more "
                        "vertices than hops",
                        sizes.vertices, sizes.hops);
    return GSC_ROWS_REALS(table, sizes.vertices, sizes.hops, sizes.branching,
                          gsc_multihop_facts(&sizes), gsc_multihop_ratio(&sizes),
                          pow(sizes.branching, sizes.hops - 1), options.phi,
                          gsc_multihop_branching(&sizes, options.phi));
}

/* ---- Graphs ---- */

/* The graph of the files, what is left of it, and what it has with more facts. Names
 * are those of the first. */
typedef struct graphs {
    gsc_fact_files files;
    gsc_knowledge all, core, augmented;
    const gsc_knowledge *last; /* of which all is told */
} graphs;

static int
read_graphs(graphs *g, const char *const *words, size_t num_words)
{
    int status = 0;
    for (size_t i = 0; i < num_words; i++)
        GSC_TRY(gsc_fact_files_add(&g->files, words[i]));
    GSC_TRY(gsc_knowledge_of_triples(&g->all, &g->files.triples));
    g->last = &g->all;
    if (options.core >= 0 || options.augment > 0) {
        size_t least = options.core > 0 ? (size_t)options.core : 0;
        GSC_TRY(gsc_hops_core(&g->all, least, &g->core));
        g->last = &g->core;
    }
    if (options.augment > 0) {
        GSC_TRY(gsc_hops_augment(&g->core, options.augment, (uint64_t)options.seed,
                                 &g->augmented));
        g->last = &g->augmented;
    }
out:
    return status;
}

static int
write_text(const char *path, const gsc_text *text)
{
    const gsc_answer how = {
        .program = program_name, .path = path, .force = options.force};
    int status = gsc_answer_check_path(&how);
    return status < 0
               ? status
               : gsc_file_write(path, text->data ? text->data : "", text->length);
}

static int
write_facts(const graphs *g)
{
    int status = 0;
    gsc_text text = {0};
    for (size_t i = 0; i < g->last->num_facts; i++) {
        const gsc_fact *f = &g->last->facts[i];
        GSC_TRY(gsc_text_add(&text, "%s\t%s\t%s\n", g->all.entities[f->head],
                             g->all.relations[f->relation], g->all.entities[f->tail]));
    }
    GSC_TRY(write_text(options.facts, &text));
out:
    gsc_text_free(&text);
    return status;
}

/* Whether a fact was added to the core. */
static bool
is_added(const graphs *g, const gsc_fact *f)
{
    size_t count = 1;
    if (g->last == &g->augmented)
        gsc_knowledge_find(&g->core, f->head, f->relation, &count);
    return count == 0;
}

static int
write_inferred(const graphs *g)
{
    int status = 0;
    gsc_text text = {0};
    gsc_path *paths = NULL;
    size_t count;
    const gsc_path_choice choice = {.functional = true, .loops = false};
    char *const *entities = g->all.entities, *const *relations = g->all.relations;
    GSC_TRY(gsc_hops_paths(g->last, choice, &paths, &count));
    GSC_TRY(gsc_text_add(&text, "head\trelation_1\trelation_2\ttail\tbridge\tadded\n"));
    for (size_t i = 0; i < count; i++) {
        const gsc_fact *f = &g->last->facts[paths[i].first],
                       *s = &g->last->facts[paths[i].second];
        GSC_TRY(gsc_text_add(&text, "%s\t%s\t%s\t%s\t%s\t%d\n", entities[f->head],
                             relations[f->relation], relations[s->relation],
                             entities[s->tail], entities[f->tail],
                             is_added(g, f) || is_added(g, s)));
    }
    GSC_TRY(write_text(options.inferred, &text));
out:
    gsc_text_free(&text);
    free(paths);
    return status;
}

static int
fill_graph(const graphs *g, gsc_rows *table)
{
    int status = 0;
    gsc_hops_counts c;
    const gsc_fact_files *f = &g->files;
    GSC_TRY(gsc_hops_count(g->last, &c));
    gsc_rows_init(table, graph_columns, COUNT(graph_columns));
    const size_t counts[] = {f->files,  f->questions, f->steps,    f->chains,
                             f->unread, c.entities,   c.relations, c.facts,
                             c.paths,   c.loops,      c.inferred,  c.functional};
    for (size_t i = 0; i < COUNT(counts); i++)
        GSC_TRY(gsc_rows_integer(table, (int64_t)counts[i]));
    double facts = (double)c.facts;
    GSC_TRY(GSC_ROWS_REALS(table, (double)c.inferred / facts,
                           (double)c.functional / facts));
out:
    return status;
}

static int
answer_graph(const char *const *words, size_t num_words, gsc_rows *table)
{
    int status = 0;
    graphs g = {.last = NULL};
    GSC_TRY(read_graphs(&g, words, num_words));
    GSC_TRY(fill_graph(&g, table));
    if (*options.facts)
        GSC_TRY(write_facts(&g));
    if (*options.inferred)
        GSC_TRY(write_inferred(&g));
out:
    gsc_fact_files_free(&g.files);
    gsc_knowledge_free(&g.all);
    gsc_knowledge_free(&g.core);
    gsc_knowledge_free(&g.augmented);
    return status;
}

/* ---- The program ---- */

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_rows table = {.num_cells = 0};
    const gsc_answer how = GSC_ANSWER(program_name, options);
    bool calculates = options.vertices > 0;
    if (calculates != (num_words == 0))
        return gsc_fail(GSC_EARGUMENT, "expected files of facts, or --vertices for the "
                                       "calculator, and not both");
    GSC_TRY(gsc_answer_check_path(&how));
    GSC_TRY(gsc_answer_check_columns(&how, calculates ? lemma_columns : graph_columns,
                                     calculates ? COUNT(lemma_columns)
                                                : COUNT(graph_columns)));
    GSC_TRY(calculates ? fill_lemmas(&table) : answer_graph(words, num_words, &table));
    GSC_TRY(gsc_rows_answer(&table, &how));
out:
    gsc_rows_free(&table);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_program_table tables[] = {
        {"one row for all files", graph_columns, COUNT(graph_columns)},
        {"--vertices: one row", lemma_columns, COUNT(lemma_columns)}};
    const gsc_program program = {
        .name = program_name,
        .synopsis = "FILE|FOLDER… [OPTIONS]",
        .purpose = "what follows from two facts: a graph's phi, lemmas, augmentation",
        .examples = "  grokscope-multihop --vertices 1000 --branching 5 --phi 3.6\n"
                    "      how many facts of two hops a random graph has\n",
        .place = "",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_table_program_main(&program, tables, sizeof tables / sizeof *tables,
                                  argc, argv);
}
