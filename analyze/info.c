/* grokscope-info: what a checkpoint holds; check it, hash it, repeat it; and the
 * compute graph of a recipe. */
#include "grokscope/checkpoint.h"
#include "grokscope/config.h"
#include "grokscope/error.h"
#include "grokscope/history_output.h"
#include "grokscope/inputs.h"
#include "grokscope/network.h"
#include "grokscope/output.h"
#include "grokscope/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct options {
    char step[GSC_KEY_TEXT_BYTES];
    bool check, digest, command, list_tensors, graph;
    char history[GSC_KEY_TEXT_BYTES], rewrite[GSC_KEY_TEXT_BYTES];
    int64_t format;
} options;

static const gsc_key rows[] = {
    GSC_ROW_TEXT(struct options, step, "last", "S",
                 "which steps of a folder: first, last, all, N or A:B:K"),
    GSC_ROW_FLAG(struct options, check, 0,
                 "check the files against the format; exit code 3 where one fails"),
    GSC_ROW_FLAG(struct options, digest, 0,
                 "SHA-256 of what two equal runs have in common"),
    GSC_ROW_FLAG(struct options, list_tensors, 0,
                 "the tensors, a row each, and nothing else"),
    GSC_ROW_FLAG(struct options, command, 0,
                 "print the command line that repeats the run"),
    {"history", GSC_KEY_TEXT, offsetof(struct options, history), "", 0, 0, NULL,
     "what was measured in training: the tables and their columns, or the rows of one",
     "TABLE", 0, GSC_HISTORY_TABLES},
    GSC_ROW_FLAG(struct options, graph, 0,
                 "the compute graph of a RECIPE, written plainly and rewritten"),
    GSC_ROW_TEXT(struct options, rewrite, "", "REWRITES",
                 "rewrites for --graph: all, none or names; the recipe's by default"),
    GSC_ROW_CHOICE(struct options, format, "tsv", gsc_format_names,
                   "form of the answer"),
};
static const gsc_keys sets[] = {{"info", rows, sizeof rows / sizeof *rows, &options}};

/* ---- What a file holds, one fact a row ---- */

static const char *const fact_columns[] = {"run", "step", "kind", "name", "value"};

typedef struct facts {
    gsc_output *output;
    const char *run;
    int64_t step;
} facts;

static int
add_fact(const facts *f, const char *kind, const char *name, const char *value)
{
    int status = 0;
    GSC_TRY(gsc_output_text(f->output, f->run));
    GSC_TRY(gsc_output_integer(f->output, f->step));
    GSC_TRY(gsc_output_text(f->output, kind));
    GSC_TRY(gsc_output_text(f->output, name));
    GSC_TRY(gsc_output_text(f->output, value));
out:
    return status;
}

static int
add_config(const facts *f, const gsc_checkpoint *c)
{
    int status = 0;
    gsc_config config;
    gsc_keys keys[GSC_CONFIG_SETS];
    gsc_text value = {0};
    GSC_TRY(gsc_config_from_json(&config, c->config));
    gsc_config_keys(&config, keys);
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < keys[s].num_rows; i++) {
            const gsc_key *key = &keys[s].rows[i];
            value.length = 0;
            GSC_TRY(
                gsc_keys_add_value(key, (char *)keys[s].values + key->offset, &value));
            GSC_TRY(add_fact(f, keys[s].title, key->name,
                             value.length > 0 ? value.data : ""));
        }
out:
    gsc_text_free(&value);
    return status;
}

static int
add_tensor(const facts *f, const gsc_tensor *t)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_text_add(&text, "%s ", t->type == GSC_FLOAT32 ? "float32" : "float64"));
    GSC_TRY(gsc_shape_add(t->shape, &text));
    GSC_TRY(gsc_text_add(&text, " %s%s", t->axes, t->trained ? "" : " (not trained)"));
    GSC_TRY(add_fact(f, "tensor", t->name, text.data));
out:
    gsc_text_free(&text);
    return status;
}

static int
add_task(const facts *f, const gsc_task *task)
{
    int status = 0;
    const struct {
        const char *name;
        size_t value;
    } sizes[] = {{"num_examples", task->num_examples},
                 {"num_train", task->num_train},
                 {"n_ctx", task->n_ctx},
                 {"d_vocab", task->d_vocab},
                 {"num_answers", task->num_answers}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char number[GSC_NUMBER_BYTES];
        snprintf(number, sizeof number, "%zu", sizes[i].value);
        GSC_TRY(add_fact(f, "size", sizes[i].name, number));
    }
out:
    return status;
}

/* The last row of each table: what the losses are at this step. */
static int
add_history(const facts *f, const gsc_table *table)
{
    int status = 0;
    for (size_t i = 1; i < table->num_columns && table->num_rows > 0; i++) {
        char number[GSC_NUMBER_BYTES];
        gsc_text_from_real(
            number, table->values[(table->num_rows - 1) * table->num_columns + i]);
        GSC_TRY(add_fact(f, table->name, table->columns[i], number));
    }
out:
    return status;
}

static int
add_facts(gsc_output *output, const gsc_input *input)
{
    int status = 0;
    gsc_checkpoint c = {0};
    GSC_TRY(gsc_checkpoint_read(&c, input->path,
                                GSC_READ_TASK | GSC_READ_PARAM_SHAPES |
                                    GSC_READ_HISTORY | GSC_READ_PROVENANCE));
    facts f = {output, input->run, c.step};
    GSC_TRY(add_config(&f, &c));
    GSC_TRY(add_task(&f, &c.task));
    for (size_t i = 0; i < c.num_params; i++)
        GSC_TRY(add_tensor(&f, &c.params[i]));
    for (size_t i = 0; i < c.num_tables; i++)
        GSC_TRY(add_history(&f, &c.history[i]));
    for (size_t i = 0; i < c.num_notes; i++)
        GSC_TRY(add_fact(&f, "provenance", c.provenance[i].name, c.provenance[i].text));
out:
    gsc_checkpoint_free(&c);
    return status;
}

/* ---- Check and digest, one file a row ---- */

static const char *const check_columns[] = {"run", "file", "verdict"};
static const char *const digest_columns[] = {"run", "step", "sha256"};

/* *worst keeps the first breach; the other files are looked at all the same. What kept
 * this one from being looked at is no verdict. */
static int
add_check(gsc_output *output, const gsc_input *input, int *worst)
{
    int status = 0, verdict = gsc_checkpoint_check(input->path);
    if (verdict == GSC_EMEMORY)
        return verdict;
    if (verdict < 0 && *worst == 0)
        *worst = verdict;
    GSC_TRY(gsc_output_text(output, input->run));
    GSC_TRY(gsc_output_text(output, input->path));
    GSC_TRY(gsc_output_text(output, verdict < 0 ? gsc_error_text() : "ok"));
out:
    return status;
}

static int
add_digest(gsc_output *output, const gsc_input *input)
{
    int status = 0;
    char digest[GSC_DIGEST_BYTES];
    gsc_checkpoint c = {0};
    GSC_TRY(gsc_checkpoint_read(&c, input->path, 0));
    GSC_TRY(gsc_checkpoint_digest(input->path, digest));
    GSC_TRY(gsc_output_text(output, input->run));
    GSC_TRY(gsc_output_integer(output, c.step));
    GSC_TRY(gsc_output_text(output, digest));
out:
    gsc_checkpoint_free(&c);
    return status;
}

/* ---- The tensors, a row each: what completes their names asks for them ---- */

static const char *const tensor_columns[] = {"run",   "step", "tensor", "type",
                                             "shape", "axes", "trained"};

static int
add_tensors(gsc_output *output, const gsc_input *input)
{
    int status = 0;
    gsc_checkpoint c = {0};
    gsc_text shape = {0};
    GSC_TRY(gsc_checkpoint_read(&c, input->path, GSC_READ_PARAM_SHAPES));
    for (size_t i = 0; i < c.num_params; i++) {
        const gsc_tensor *t = &c.params[i];
        shape.length = 0;
        GSC_TRY(gsc_shape_add(t->shape, &shape));
        GSC_TRY(gsc_output_text(output, input->run));
        GSC_TRY(gsc_output_integer(output, c.step));
        GSC_TRY(gsc_output_text(output, t->name));
        GSC_TRY(
            gsc_output_text(output, t->type == GSC_FLOAT32 ? "float32" : "float64"));
        GSC_TRY(gsc_output_text(output, shape.data));
        GSC_TRY(gsc_output_text(output, t->axes));
        GSC_TRY(gsc_output_bool(output, t->trained));
    }
out:
    gsc_text_free(&shape);
    gsc_checkpoint_free(&c);
    return status;
}

/* ---- The command ---- */

/* A word as a shell reads it back. */
static int
add_quoted(gsc_text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-+.,:/@";
    int status = 0;
    if (*word && strspn(word, plain) == strlen(word))
        return gsc_text_add(text, "%s", word);
    GSC_TRY(gsc_text_add(text, "'"));
    for (const char *c = word; *c; c++)
        GSC_TRY(gsc_text_add(text, *c == '\'' ? "'\\''" : "%c", *c));
    GSC_TRY(gsc_text_add(text, "'"));
out:
    return status;
}

static int
add_option(const gsc_key *key, const void *value, gsc_text *text)
{
    int status = 0;
    gsc_text word = {0};
    GSC_TRY(gsc_keys_add_value(key, value, &word));
    if (strcmp(word.length > 0 ? word.data : "", key->fallback) == 0)
        goto out;
    GSC_TRY(gsc_text_add(text, " "));
    GSC_TRY(gsc_keys_add_option(key->name, text));
    GSC_TRY(gsc_text_add(text, " "));
    GSC_TRY(add_quoted(text, word.length > 0 ? word.data : ""));
out:
    gsc_text_free(&word);
    return status;
}

static int
print_command(const gsc_input *input)
{
    int status = 0;
    gsc_checkpoint c = {0};
    gsc_config config;
    gsc_keys keys[GSC_CONFIG_SETS];
    gsc_text text = {0};
    GSC_TRY(gsc_checkpoint_read(&c, input->path, 0));
    GSC_TRY(gsc_config_from_json(&config, c.config));
    gsc_config_keys(&config, keys);
    GSC_TRY(gsc_text_add(&text, "grokscope-train"));
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < keys[s].num_rows; i++)
            GSC_TRY(add_option(&keys[s].rows[i],
                               (char *)keys[s].values + keys[s].rows[i].offset, &text));
    GSC_TRY(gsc_text_add(&text, " --out DIR\n"));
    GSC_TRY(gsc_output_write_text(&text, "", false));
out:
    gsc_text_free(&text);
    gsc_checkpoint_free(&c);
    return status;
}

/* ---- The graph of a recipe ---- */

static const char *const graph_columns[] = {"graph",  "node",  "operation", "inputs",
                                            "domain", "shape", "gflop",     "name"};
enum { GRAPH_COLUMNS = sizeof graph_columns / sizeof *graph_columns };

/* Numbers with spaces between them. */
static int
add_list(gsc_output *output, const size_t *numbers, size_t count)
{
    int status = 0;
    gsc_text text = {0};
    for (size_t i = 0; i < count; i++)
        GSC_TRY(gsc_text_add(&text, "%s%zu", i > 0 ? " " : "", numbers[i]));
    GSC_TRY(gsc_output_text(output, text.length > 0 ? text.data : ""));
out:
    gsc_text_free(&text);
    return status;
}

/* Floating-point operations of a step, forward and backward. */
static double
step_flops(const gsc_engine_node *n, const gsc_engine_node *all, size_t count,
           double examples)
{
    double times = 1;
    for (size_t k = 0; k < n->num_inputs; k++)
        for (size_t i = 0; i < count; i++)
            times += all[i].id == n->inputs[k] && all[i].differentiates;
    return times * n->flops * (n->examples ? examples : 1);
}

static int
add_graph(gsc_output *output, const gsc_network *network, const char *graph,
          unsigned rewrites)
{
    int status = 0;
    gsc_engine_options compile;
    gsc_engine *engine = NULL;
    gsc_engine_node *nodes = NULL;
    size_t count, inputs[3];
    double examples = (double)network->task.num_train;
    GSC_TRY(gsc_network_options(network, true, network->task.num_train, &compile));
    compile.rewrites = rewrites;
    GSC_TRY(gsc_engine_open(&engine, network->model.graph, &compile));
    GSC_TRY(gsc_engine_nodes(engine, &nodes, &count));
    for (size_t i = 0; i < count; i++) {
        const gsc_engine_node *n = &nodes[i];
        for (size_t k = 0; k < n->num_inputs; k++)
            inputs[k] = (size_t)n->inputs[k];
        GSC_TRY(gsc_output_text(output, graph));
        GSC_TRY(gsc_output_integer(output, n->id));
        GSC_TRY(gsc_output_text(output, n->operation));
        GSC_TRY(add_list(output, inputs, n->num_inputs));
        GSC_TRY(gsc_output_text(output, n->examples ? "examples" : "parameters"));
        GSC_TRY(add_list(output, n->shape.dims, n->shape.rank));
        GSC_TRY(gsc_output_real(output, 1e-9 * step_flops(n, nodes, count, examples)));
        GSC_TRY(gsc_output_text(output, n->name));
    }
    if (!gsc_program_is_quiet())
        gsc_program_say(
            "%s graph: %zu nodes, %.3f GFLOP a step of %.0f examples", graph, count,
            1e-9 * gsc_engine_flops(engine, network->task.num_train), examples);
out:
    free(nodes);
    gsc_engine_close(engine);
    return status;
}

static void
say_rewrites(unsigned chosen)
{
    const gsc_rewrite *r;
    for (size_t i = 0; !gsc_program_is_quiet() && (r = gsc_rewrite_at(i)); i++)
        gsc_program_say("  %-11s %-3s  %s", r->name, r->bit & chosen ? "on" : "off",
                        r->equation);
}

static int
answer_graph(const char *recipe, gsc_output *output)
{
    int status = 0;
    unsigned rewrites;
    gsc_config config;
    gsc_network network = {.targets = NULL};
    GSC_TRY(gsc_config_default(&config));
    GSC_TRY(gsc_config_read_recipe(&config, recipe));
    GSC_TRY(gsc_network_init(&network, &config));
    GSC_TRY(gsc_rewrites_from_text(
        *options.rewrite ? options.rewrite : network.config.run.rewrite, &rewrites));
    GSC_TRY(gsc_output_init(output, (gsc_format)options.format, "grokscope-info",
                            graph_columns, GRAPH_COLUMNS));
    GSC_TRY(add_graph(output, &network, "plain", 0));
    say_rewrites(rewrites);
    GSC_TRY(add_graph(output, &network, "rewritten", rewrites));
    GSC_TRY(gsc_output_write(output, "", false));
out:
    gsc_network_free(&network);
    return status;
}

/* ---- The program ---- */

static int
answer(const gsc_inputs *inputs, gsc_output *output)
{
    int status = 0, worst = 0;
    const char *const *columns = options.check          ? check_columns
                                 : options.digest       ? digest_columns
                                 : options.list_tensors ? tensor_columns
                                                        : fact_columns;
    size_t num_columns = options.check || options.digest ? 3
                         : options.list_tensors          ? 7
                                                         : 5;
    GSC_TRY(gsc_output_init(output, (gsc_format)options.format, "grokscope-info",
                            columns, num_columns));
    for (size_t i = 0; i < inputs->count; i++) {
        const gsc_input *input = &inputs->items[i];
        GSC_TRY(options.check          ? add_check(output, input, &worst)
                : options.digest       ? add_digest(output, input)
                : options.list_tensors ? add_tensors(output, input)
                                       : add_facts(output, input));
    }
    GSC_TRY(gsc_output_write(output, "", false));
    if (worst < 0)
        status = gsc_fail(worst, "not every file is as the format asks");
out:
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {0};
    gsc_output output = {0};
    bool history = options.history[0] != '\0';
    if (options.check + options.digest + options.list_tensors + options.command +
            options.graph + history >
        1)
        return gsc_fail(GSC_EARGUMENT,
                        "--check, --digest, --list-tensors, --command, --history and "
                        "--graph exclude each other");
    if (options.graph && num_words != 1)
        return gsc_fail(GSC_EARGUMENT, "--graph takes one RECIPE");
    if (options.graph) {
        status = answer_graph(words[0], &output);
        goto out;
    }
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, options.step));
    for (size_t i = 0; options.command && i < inputs.count; i++)
        GSC_TRY(print_command(&inputs.items[i]));
    if (history)
        GSC_TRY(gsc_history_output(&inputs, options.history, (gsc_format)options.format,
                                   "grokscope-info"));
    else if (!options.command)
        GSC_TRY(answer(&inputs, &output));
out:
    gsc_output_free(&output);
    gsc_inputs_free(&inputs);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_program program = {
        .name = "grokscope-info",
        .synopsis = "FILE|FOLDER… [OPTIONS]",
        .purpose = "what a checkpoint holds; check it, hash it, repeat it",
        .examples = "  grokscope-info checkpoints/demo\n"
                    "      configuration, sizes, tensors and losses of the last step\n"
                    "  grokscope-info checkpoints/demo --check --step all\n"
                    "      is every file whole and as the format asks?\n"
                    "  grokscope-info checkpoints/demo --list-tensors\n"
                    "      the names, types, shapes and axes of its tensors\n"
                    "  grokscope-info checkpoints/demo --history\n"
                    "      the tables of its history, and their columns\n"
                    "  grokscope-info checkpoints/demo --history=loss\n"
                    "      the losses of all steps so far\n"
                    "  grokscope-info checkpoints/demo --command\n"
                    "      the line that trains it again\n"
                    "  grokscope-info --graph nanda-mainline --rewrite gather,mix\n"
                    "      its compute graph, plain and with two of the rewrites\n",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_program_main(&program, argc, argv);
}
