/* A run's configuration: the science of it, and nothing that may differ between two
 * equal runs. Recipes write it, checkpoints keep it.
 *
 * It holds the options of the chosen task, architecture and optimizer, and no others.
 */
#ifndef GROKSCOPE_CONFIG_H
#define GROKSCOPE_CONFIG_H

#include "grokscope/model.h"
#include "grokscope/optimizer.h"
#include "grokscope/options.h"
#include "grokscope/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What there is to choose from: the built-in rows, or a client's own beside them. Each
 * list ends with NULL. */
typedef struct gsc_registry {
    const gsc_task *const *tasks;                 /* the first is the default */
    const gsc_architecture *const *architectures; /* the first is the default */
    const gsc_stages *stages;      /* a client's own of the optimizer, or NULL */
    const gsc_loss *const *losses; /* NULL: the built-in ones */
} gsc_registry;

/* The tasks, architectures and losses of the library, and no stages beside its own. */
extern const gsc_registry gsc_builtin_registry;

/* Limits of a kind. */
enum {
    GSC_KIND_BYTES = 8192, /* of the struct of a kind's options */
    GSC_MOST_KINDS = 63    /* that a registry has of one sort */
};

/* Room for the options of any kind. */
typedef union gsc_kind_room {
    double aligned;                       /* for the alignment only */
    unsigned char values[GSC_KIND_BYTES]; /* the struct of the kind's options */
} gsc_kind_room;

/* One of several kinds, with the options of that kind. */
typedef struct gsc_kind {
    int64_t chosen;                        /* a row of the registry */
    gsc_kind_room room;                    /* the options of that row */
    const char *names[GSC_MOST_KINDS + 1]; /* of the rows, NULL after the last */
    gsc_option option;                     /* the option whose value is the choice */
} gsc_kind;

/* How weights begin, and what is predicted beside that, whatever the architecture. */
typedef struct gsc_init_config {
    int64_t seed;        /* of the first weights and of the order of batches */
    double init_scale;   /* what all first weights are multiplied by */
    double output_scale; /* what all predictions are multiplied by */
    bool center_output;  /* predictions are f(x, theta) - f(x, theta_0) */
    char init_from[GSC_OPTION_TEXT_BYTES]; /* a checkpoint to take them from, or "" */
    char init_parameters[GSC_OPTION_TEXT_BYTES]; /* patterns of those; "": all */
    char embed_from[GSC_OPTION_TEXT_BYTES]; /* a checkpoint whose embedding is A of A B
                                             */
    char transplant_from[GSC_OPTION_TEXT_BYTES];       /* a checkpoint, or "" */
    char transplant[GSC_OPTION_TEXT_BYTES];            /* planes that are taken of it */
    char transplant_parameters[GSC_OPTION_TEXT_BYTES]; /* patterns of them; "": all */
    char freeze[GSC_OPTION_TEXT_BYTES]; /* patterns of what stays as it begins */
} gsc_init_config;

/* How long a run trains, what it writes down, and in which arithmetic. */
typedef struct gsc_run_config {
    int64_t steps;                           /* updates of the weights */
    int64_t batch_size;                      /* 0: all training examples */
    int64_t train_subset;                    /* examples of them that train; 0: all */
    char checkpoints[GSC_OPTION_TEXT_BYTES]; /* steps to save: "linear:100" */
    char save_on[GSC_OPTION_TEXT_BYTES];     /* and at: "test_accuracy:0.5,0.99" */
    int64_t log_every;                       /* steps between rows of the history */
    char evaluate_every[GSC_OPTION_TEXT_BYTES]; /* "test:100": steps of a split */
    double stop_test_loss, stop_test_accuracy;  /* 0: never */
    int64_t stop_patience; /* steps for which a condition has to hold */
    char stop_when[GSC_OPTION_TEXT_BYTES],
        save_when[GSC_OPTION_TEXT_BYTES];   /* "test_loss <= 1e-5, norms.l2 < 30" */
    char save_state[GSC_OPTION_TEXT_BYTES]; /* steps that keep the optimizer's state;
                                               "": none */
    char measure[GSC_OPTION_TEXT_BYTES]; /* "progress, norms": measure.h, In training */
    int64_t measure_every;               /* 0: with the scheduled checkpoints only */
    int64_t dtype;                       /* of weights and activations, a gsc_type */
    int64_t products;                    /* with weights, a gsc_products */
    int64_t loss_precision;              /* of a softmax: float16, 32, 64 */
    char rewrite[GSC_OPTION_TEXT_BYTES]; /* engine.h: all, none, or names */
} gsc_run_config;

/* Room for the names of options that are not known. */
enum {
    GSC_NOT_KNOWN_BYTES = GSC_OPTION_TEXT_BYTES /* with blanks between and around */
};

/* The options of a run, by section. A plain struct without pointers of its own: it
 * is copied by assignment and needs no release. */
typedef struct gsc_config {
    const gsc_registry *registry; /* what there is to choose from */
    gsc_kind task, model; /* what is learned, and the architecture that learns it */
    gsc_init_config init; /* how weights begin */
    gsc_optimizer_config optimizer;      /* how they follow gradients */
    gsc_run_config run;                  /* how long, and what is kept */
    char not_known[GSC_NOT_KNOWN_BYTES]; /* options that nobody told, of an imported
                                            network: " p seed "; else "" */
} gsc_config;

/* Whether an option's value is known. */
bool gsc_config_is_known(const gsc_config *config, const char *name);

/* Write down that it is. */
void gsc_config_know(gsc_config *config, const char *name);

/* Write down that it is not. GSC_EARGUMENT where so many are not known that their names
 * have no room. */
int gsc_config_forget(gsc_config *config, const char *name);

/* Sections of a configuration. */
enum { GSC_CONFIG_SETS = 7 /* sets that gsc_config_options fills in */ };

/* Give every option its default; the first task and architecture of the registry are
 * chosen. gsc_config_default takes the built-in registry. */
int gsc_config_init(gsc_config *config, const gsc_registry *registry);
int gsc_config_default(gsc_config *config);

/* The task that is chosen, the architecture that is. */
const gsc_task *gsc_config_task(const gsc_config *config);
const gsc_architecture *gsc_config_architecture(const gsc_config *config);

/* The options of all sections, bound to `config`; those of the task and the
 * architecture are of what is chosen. */
void gsc_config_options(gsc_config *config, gsc_options sets[GSC_CONFIG_SETS]);

enum {
    GSC_CONFIG_ALL_SETS = 2 * GSC_MOST_KINDS + GSC_CONFIG_SETS /* of gsc_config_all */
};

/* The options of all tasks, architectures and sections, whatever is chosen, each with a
 * title of its own ("task parity"). */
typedef struct gsc_config_all {
    gsc_options sets[GSC_CONFIG_ALL_SETS]; /* their values lie in `room` and `kinds` */
    char titles[GSC_CONFIG_ALL_SETS][64];  /* that the sets point to */
    gsc_config room;                       /* of the sections */
    gsc_kind *kinds; /* of tasks and architectures; NULL after a failure */
} gsc_config_all;

/* Fill it in, with every default: for manuals, completion, and a first look at a
 * command line. Returns how many sets there are, 0 without memory. */
size_t gsc_config_all_init(gsc_config_all *all, const gsc_registry *registry);

/* Release it; takes what is freed or failed. */
void gsc_config_all_free(gsc_config_all *all);

/* Set an option by name from text. `task` and `architecture` choose, and give the
 * options of what is chosen their defaults. GSC_EARGUMENT as gsc_options_set; of an
 * option that another choice has, the message says which. */
int gsc_config_set(gsc_config *config, const char *name, const char *text);

/* GSC_EARGUMENT for an option that only other tasks or architectures of a registry
 * have, and names them. `name` may begin with "--", and is told as it is given. The
 * second function asks this of the options of a command line. */
int gsc_config_check_option(const gsc_config *config, const gsc_registry *registry,
                            const char *name);
int gsc_config_check_arguments(const gsc_config *config, const gsc_registry *registry,
                               int argc, char *const *argv);

/* Set the options that a recipe names: lines `option = value`, `#` begins a comment at
 * the start of a line or after a blank. `recipe` is a file, or the name of a shipped
 * one. GSC_EFORMAT with file and line: no `=`, an unknown option (with the nearest), an
 * option given twice, a value out of range. GSC_EARGUMENT where there is no such
 * recipe.
 */
int gsc_config_read_recipe(gsc_config *config, const char *recipe);

/* Names of the shipped recipes, sorted, NULL after the last; the caller frees the
 * array and each name. */
int gsc_config_recipes(char ***names);

/* What a recipe's first comment lines say of it, each "" where they do not. */
typedef struct gsc_recipe_header {
    char title[128]; /* the first of the lines */
    char topic[128]; /* what stands behind "topic:" */
} gsc_recipe_header;

/* Read it. GSC_EARGUMENT where there is no such recipe; errors of gsc_text_read_file.
 */
int gsc_config_recipe_header(const char *recipe, gsc_recipe_header *header);

/* Fill in what follows from the dataset and from other options, and check what no
 * single option can: the schedule, the model's sizes. Measures and conditions are the
 * trainer's to check. */
int gsc_config_resolve(gsc_config *config, const gsc_dataset *dataset);

/* The model of a resolved configuration over a dataset, released by gsc_model_free;
 * errors are those of gsc_model_init and gsc_graph_freeze, after which it is empty. */
int gsc_config_model(const gsc_config *config, const gsc_dataset *dataset,
                     gsc_model *model);

/* Add it as JSON. Options that are not known are left out, and named in a section
 * "not_known". */
int gsc_config_to_json(const gsc_config *config, gsc_text *json);
/* The same as a recipe. */
int gsc_config_to_recipe(const gsc_config *config, gsc_text *recipe);

/* Read what gsc_config_to_json wrote, into a configuration whose registry is set;
 * configurations of version 1.0 of the format too, whose task is a binary operation. */
int gsc_config_from_json(gsc_config *config, const char *json);

/* The same for analyses. Of a task or an architecture that the registry does not have
 * `unknown` is its name ("" otherwise): the architecture is then "tensors", and only
 * the sections init, optimizer and run are read. */
int gsc_config_from_file(gsc_config *config, const char *json,
                         char unknown[GSC_NAME_BYTES]);

/* Compare with the configuration of a run that is to be continued: all options but
 * `steps`, `checkpoints` and those that begin with `stop_` or `save_` must be the same.
 * GSC_EARGUMENT names the first that is not. */
int gsc_config_continues(const gsc_config *config, const gsc_config *before);

/* Whether both end a run on the same conditions: all options `stop_…` are the same. */
bool gsc_config_stops_alike(const gsc_config *config, const gsc_config *before);

#ifdef __cplusplus
}
#endif
#endif
