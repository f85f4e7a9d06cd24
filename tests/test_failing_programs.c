/* Programs while memory runs out: what they read, write and say. */
#include "failing_fixture.h"

#include "folder_fixture.h"
#include "programs_fixture.h"

/* They share the most of what they do, so that of each one every STEP-th allocation
 * fails; of those that do the same again and again, for each way to run a network,
 * every WIDE-th. */
enum { STEP = 11, WIDE = 53 };

typedef struct call {
    program *called;
    const char *line; /* its words */
} call;

static int
run_call(void *context)
{
    const call *c = context;
    int code = call_program(c->called, c->line);
    if (code == 0)
        return 0;
    if (code == 2 && !*c->line) /* what a program says without any word */
        return 0;
    if (code != 1 || !strstr(said, gsc_error_text()))
        fail_msg("%s: exit %d, saying '%s'", c->line, code, said);
    return strstr(said, "memory") ? GSC_EMEMORY : GSC_EIO;
}

static void
fail_calls(const call *calls, size_t count, size_t step)
{
    for (size_t i = 0; i < count; i++) {
        call c = calls[i];
        if (run_call(&c) != 0)
            fail_msg("%s: '%s'", c.line, said);
        fail_each(&(flow){.name = c.line,
                          .run = run_call,
                          .context = &c,
                          .first = i % step,
                          .stride = step});
    }
}
#define FAIL_CALLS(calls) fail_calls(calls, sizeof(calls) / sizeof *(calls), STEP)

/* A folder with files of PyTorch and a run, in which the programs are called. */
static int
make_files(void **state)
{
    char command[256];
    if (make_folder(state) < 0 || chdir(folder) != 0)
        return -1;
    snprintf(command, sizeof command, "'%s' -B '%s/tests/archives.py' .", GSC_PYTHON,
             GSC_SOURCE_FOLDER);
    if (system(command) != 0)
        return -1;
    int code = call_program(train_main, "--p 7 --d-model 8 --n-heads 2 --d-mlp 6 "
                                        "--train-fraction 0.6 --steps 2 --log-every 1 "
                                        "--checkpoints linear:1 --out run");
    if (code == 0)
        code = call_program(train_main, "--operation compose --group C2xC2 --d-model 4 "
                                        "--n-heads 2 --d-mlp 6 --train-fraction 0.6 "
                                        "--steps 1 --out klein");
    return code == 0 ? 0 : -1;
}

static int
remove_files(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "cd / && rm -rf '%s'", folder);
    return chdir("/") == 0 ? system(command) : -1;
}

#define KNOWN " --operation add --act-fn relu --attention-dir causal --force -o "

static void
every_way_to_run_an_import_survives_every_failure(void **state)
{
    static const call calls[] = {
        {import_main, "tl.pt" KNOWN "tl.h5"},
        {import_main, "transposed.pt" KNOWN "transposed.h5"},
        {import_main, "run.pt --key state_dicts --force -o imported"},
        {import_main, "odd_names.pt --map odd.map" KNOWN "odd.h5"},
    };
    (void)state;
    fail_calls(calls, sizeof calls / sizeof *calls, WIDE);
}

static void
every_import_survives_every_failure(void **state)
{
    static const call calls[] = {
        {import_main, "run.pt --list"},
        {import_main, "tl.pt demo.pth --list --format json"},
        {import_main, "linear.pt --config config.json --force -o linear.h5"},
        {import_main, "tl.pt --architecture tensors --force -o plain.h5"},
        {import_main, "odd_names.pt --suggest-map"},
        {import_main, "linear.pt --suggest-map"},
    };
    (void)state;
    FAIL_CALLS(calls);
}

static void
every_export_survives_every_failure(void **state)
{
    static const call calls[] = {
        {export_main, "run --force -o run.safetensors"},
        {export_main, "run --step 0 --naming transposed --force -o run.npz"},
        {export_main, "run --tensor embed.W_E --force -o W_E.npy"},
        {export_main, "run --naming tl-native --force -o arrays"},
        {import_main, "run.safetensors --force -o again.h5"},
        {import_main, "run.npz --list"},
        {import_main, "W_E.npy --list"},
    };
    (void)state;
    FAIL_CALLS(calls);
}

static void
every_embedding_survives_every_failure(void **state)
{
    static const call calls[] = {
        {embedding_main, "run --list --threads 1"},
        {embedding_main, "run --tensor embedding --step all --pca 2 --threads 1 "
                         "--force -o x.npy"},
        {embedding_main, "run --tensor neurons --center --normalize --threads 1 "
                         "--force -o x.csv"},
        {embedding_main, "run --tensor logits --rows c --inputs train --threads 1 "
                         "--force -o x.json"},
        {embedding_main, "run --tensor unembedding --step all --align last --pca 3 "
                         "--threads 1 --force -o x.h5"},
        {embedding_main, "run --tensor embed.W_E --step all --threads 1 --force "
                         "-o projector"},
        {embedding_main, "klein --tensor unembedding --subgroup 1 --threads 1"},
    };
    (void)state;
    FAIL_CALLS(calls);
}

static void
every_fact_survives_every_failure(void **state)
{
    static const call calls[] = {
        {info_main, "run --step all --format json"},
        {info_main, "run --check"},
        {info_main, "run --step all --digest"},
        {info_main, "run --command"},
        {info_main, "--graph pizza-linear-delta --quiet"},
        {train_main, "--p 7 --print-config"},
        {train_main, "--out run --resume --quiet"},
    };
    (void)state;
    FAIL_CALLS(calls);
}

static void
every_form_of_an_answer_survives_every_failure(void **state)
{
    static const call calls[] = {
        {norms_main, "run --step all --control init --force --threads 2 -o norms.tsv"},
        {norms_main, "run --long --format json --force --threads 1 -o norms.json"},
        {norms_main, "run --long --format h5 --force --threads 1 -o norms.h5"},
        {norms_main, "run --long --format text --threads 1"},
        {norms_main, "run --format text --threads 2"},
        {fourier_main, "run --format text"},
    };
    (void)state;
    FAIL_CALLS(calls);
}

static void
every_diagram_survives_every_failure(void **state)
{
    static const call calls[] = {
        {phases_main, "run --by p,weight_decay"},
        {phases_main, "run klein --by weight_decay --table cells --rule huang"},
        {phases_main, "run klein --by weight_decay --table critical"},
        {phases_main, "run --by p --diagram text"},
        {phases_main,
         "run klein --by weight_decay --diagram svg --force --output d.svg"},
        {double_descent_main, "--features 4,6 --samples 5 --inputs 2 --draws 2"},
        {double_descent_main, "--model patterns --points 3"},
    };
    (void)state;
    FAIL_CALLS(calls);
}

static void
every_help_survives_every_failure(void **state)
{
    static const call calls[] = {
        {norms_main, "--help"},    {norms_main, "--man"}, {norms_main, "--completion"},
        {train_main, "--help"},    {train_main, "--man"}, {train_main, "--completion"},
        {train_main, "--version"}, {norms_main, ""},
    };
    (void)state;
    FAIL_CALLS(calls);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_run_an_import_survives_every_failure),
        cmocka_unit_test(every_import_survives_every_failure),
        cmocka_unit_test(every_export_survives_every_failure),
        cmocka_unit_test(every_embedding_survives_every_failure),
        cmocka_unit_test(every_fact_survives_every_failure),
        cmocka_unit_test(every_form_of_an_answer_survives_every_failure),
        cmocka_unit_test(every_diagram_survives_every_failure),
        cmocka_unit_test(every_help_survives_every_failure),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
