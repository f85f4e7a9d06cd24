/* Facts of two hops: graphs, what follows from them, the task, and the lemmas. */
#include "folder_fixture.h"
#include "tasks_fixture.h"

#include "analyze/method/task/multihop.h"
#include "train/base/file.h"
#include "train/data/hops.h"
#include "train/exchange/fact_files.h"
#include "train/task/two_hop.h"

static void
write_file(const char *name, const char *text)
{
    assert_return_ok(gsc_file_write(name, text, strlen(text)));
}

/* ---- Graphs ---- */

/* a -r-> b, b -s-> c, b -s-> d, c -r-> a, d -t-> e, and one of them twice. */
static const char triples[] = "b\ts\tc\na\tr\tb\nb\ts\td\nc\tr\ta\nd\tt\te\na\tr\tb\n";

static void
paths_are_counted(void **state)
{
    (void)state;
    gsc_knowledge k;
    gsc_hops_counts c;
    write_file("few.tsv", triples);
    assert_return_ok(gsc_knowledge_read(&k, "few.tsv"));
    assert_string_equal(k.entities[4], "e");
    assert_string_equal(k.relations[2], "t");
    assert_return_ok(gsc_hops_count(&k, &c));
    assert_int_equal(c.facts, 5);
    assert_int_equal(c.entities, 5);
    assert_int_equal(c.relations, 3);
    /* a-b-c, a-b-d, b-c-a, b-d-e, c-a-b; of one tail a hop: c-a-b alone */
    assert_int_equal(c.paths, 5);
    assert_int_equal(c.inferred, 5);
    assert_int_equal(c.loops, 0);
    assert_int_equal(c.functional, 1);
    gsc_knowledge_free(&k);
    write_file("few.tsv", "a\tr\tb\nb\ts\ta\n");
    assert_return_ok(gsc_knowledge_read(&k, "few.tsv"));
    assert_return_ok(gsc_hops_count(&k, &c));
    assert_int_equal(c.paths, 0);
    assert_int_equal(c.loops, 2);
    assert_int_equal(c.functional, 2);
    gsc_knowledge_free(&k);
}

static void
what_is_no_triple_is_refused(void **state)
{
    (void)state;
    gsc_knowledge k;
    write_file("bad.tsv", "a\tr\n");
    assert_fails(gsc_knowledge_read(&k, "bad.tsv"), GSC_EFORMAT, "line 1: 2 cells");
    write_file("bad.tsv", "a\tr\tb\nb\t\tc\n");
    assert_fails(gsc_knowledge_read(&k, "bad.tsv"), GSC_EFORMAT,
                 "row 2: cell 2 is empty");
    assert_return_ok(gsc_file_make_folders("empty"));
    assert_fails(gsc_knowledge_read(&k, "empty"), GSC_EFORMAT, "has no file *.txt");
}

/* What others counted in CoDEx-S. */
static void
codex_has_its_counts(void **state)
{
    (void)state;
    const char *root = getenv("GROKSCOPE_DATA");
    char place[4096];
    gsc_knowledge k, core;
    gsc_hops_counts c;
    snprintf(place, sizeof place, "%s/multihop", root ? root : "");
    if (!root || access(place, R_OK) != 0)
        skip();
    assert_return_ok(gsc_knowledge_read(&k, place));
    assert_return_ok(gsc_hops_count(&k, &c));
    assert_int_equal(c.facts, 36543);
    assert_int_equal(c.entities, 2034);
    assert_int_equal(c.relations, 42);
    assert_int_equal(c.paths, 840833);
    assert_int_equal(c.inferred, 327563);
    assert_int_equal(c.functional, 6437);
    assert_close((double)c.inferred / (double)c.facts, 8.96, 0.005);
    assert_return_ok(gsc_hops_core(&k, 1, &core));
    assert_int_equal(core.num_facts, 3211);
    gsc_knowledge_free(&core);
    gsc_knowledge_free(&k);
}

static void
augmenting_reaches_its_ratio_and_keeps_what_is_there(void **state)
{
    (void)state;
    gsc_text text = {0};
    gsc_knowledge k, core, more, again;
    gsc_path *paths;
    size_t count, found;
    for (int i = 0; i < 30; i++)
        assert_return_ok(
            gsc_text_add(&text, "e%d\tr%d\te%d\n", i, i % 5, (i + 1) % 30));
    write_file("ring.tsv", text.data);
    gsc_text_free(&text);
    assert_return_ok(gsc_knowledge_read(&k, "ring.tsv"));
    assert_return_ok(gsc_hops_core(&k, 1, &core));
    assert_int_equal(core.num_facts, 30);
    assert_return_ok(gsc_hops_augment(&core, 2.5, 1, &more));
    assert_return_ok(gsc_hops_augment(&core, 2.5, 1, &again));
    assert_int_equal(more.num_facts, again.num_facts);
    assert_memory_equal(more.facts, again.facts, more.num_facts * sizeof *more.facts);
    assert_return_ok(
        gsc_hops_paths(&more, (gsc_path_choice){true, false}, &paths, &count));
    free(paths);
    assert_true((double)count >= 2.5 * (double)more.num_facts);
    for (size_t i = 0; i < core.num_facts; i++) {
        const gsc_fact *f = gsc_knowledge_find(&more, core.facts[i].head,
                                               core.facts[i].relation, &found);
        assert_int_equal(found, 1);
        assert_int_equal(f->tail, core.facts[i].tail);
    }
    gsc_knowledge_free(&again);
    gsc_knowledge_free(&more);
    assert_fails(gsc_hops_augment(&core, 900, 1, &more), GSC_EARGUMENT,
                 "phi: 900 is out of reach");
    gsc_knowledge_free(&more);
    gsc_knowledge_free(&core);
    gsc_knowledge_free(&k);
}

/* ---- Files of others ---- */

static void
questions_become_triples(void **state)
{
    (void)state;
    gsc_fact_files f = {.files = 0};
    write_file("q.jsonl",
               "{\"evidences\": [[\"F\", \"director\", \"D\"], [\"D\", \"born in\", "
               "\"P\"]]}\n"
               "{\"question_decomposition\": [{\"question\": \"Ken >> party\", "
               "\"answer\": \"C\"}, {\"question\": \"leader of #1\", \"answer\": "
               "\"A\"}]}\n"
               "{\"nodes\": [{\"q\": \"Who made X?\", \"sons\": [], \"answer\": "
               "\"Y\"}, {\"q\": \"Where was #1 born?\", \"sons\": [], \"answer\": "
               "\"Z\"}, {\"q\": \"all\", \"sons\": [0, 1], \"answer\": \"Z\"}]}\n");
    write_file("r.json", "{\"name\": \"capital\", \"samples\": [{\"subject\": \"P\", "
                         "\"object\": \"Q\"}]}");
    assert_return_ok(gsc_fact_files_add(&f, "q.jsonl"));
    assert_return_ok(gsc_fact_files_add(&f, "r.json"));
    assert_int_equal(f.questions, 3);
    assert_int_equal(f.steps, 6);
    assert_int_equal(f.chains, 3);
    assert_int_equal(f.unread, 1);
    assert_int_equal(f.triples.count, 6);
    assert_string_equal(f.triples.names[2][0], "Ken");
    assert_string_equal(f.triples.names[3][0], "C");
    assert_string_equal(f.triples.names[3][1], "leader of #");
    assert_string_equal(f.triples.names[4][0], "Y");
    assert_string_equal(f.triples.names[5][1], "capital");
    write_file("q.jsonl", "{\"evidences\": []}\n{\"evidences\": [[\"a\", \"b\"]]}\n");
    assert_fails(gsc_fact_files_add(&f, "q.jsonl"), GSC_EFORMAT,
                 "q.jsonl: line 2: evidences[0]: expected [head, relation, tail]");
    write_file("r.json", "{\"name\": \"capital\"}");
    assert_fails(gsc_fact_files_add(&f, "r.json"), GSC_EFORMAT,
                 "r.json: expected a relation");
    gsc_fact_files_free(&f);
}

/* ---- The task ---- */

static size_t
element(const made *m, const char *field, size_t example, size_t at)
{
    return (size_t)gsc_field_element(gsc_dataset_find(&m->dataset, field), example, at);
}

enum { E = 30, R = 8, DEGREE = 6 };

/* What the atomic facts of a dataset say: [E, R], -1 where they say nothing. */
static void
read_facts(const made *m, int facts[E][R], size_t *count)
{
    memset(facts, -1, sizeof(int) * E * R);
    *count = 0;
    const gsc_split *train = gsc_dataset_split(&m->dataset, "train");
    for (size_t i = 0; i < train->count; i++) {
        size_t e = train->indices[i];
        if (element(m, "is_asked", e, 0) == 0)
            continue;
        int *fact =
            &facts[element(m, GSC_TOKENS, e, 0)][element(m, GSC_TOKENS, e, 1) - E];
        assert_int_equal(*fact, -1);
        *fact = (int)element(m, "label", e, 0);
        assert_int_equal(element(m, "label", e, 1), E + R + GSC_HOP_END);
        assert_int_equal(element(m, "is_asked", e, 2), 0);
        ++*count;
    }
}

/* uses[E][R] of facts from which a split's inferred facts follow, which are checked. */
static size_t
check_split(const made *m, const char *name, int facts[E][R], bool uses[E][R])
{
    size_t count = 0;
    const gsc_split *split = gsc_dataset_split(&m->dataset, name);
    memset(uses, 0, sizeof(bool) * E * R);
    for (size_t i = 0; i < split->count; i++) {
        size_t e = split->indices[i];
        if (element(m, "is_asked", e, 0) > 0)
            continue;
        size_t h = element(m, GSC_TOKENS, e, 0), r1 = element(m, GSC_TOKENS, e, 1) - E,
               r2 = element(m, GSC_TOKENS, e, 2) - E;
        int bridge = facts[h][r1];
        assert_int_equal(bridge, element(m, GSC_HOP_BRIDGE, e, 0));
        assert_int_equal(facts[bridge][r2], element(m, "label", e, 1));
        assert_int_equal(r2 + E, element(m, GSC_HOP_RELATION_2, e, 0));
        uses[h][r1] = uses[bridge][r2] = true;
        count++;
    }
    return count;
}

static void
compositions_follow_from_atomic_facts(void **state)
{
    (void)state;
    static int facts[E][R];
    static bool seen[E][R], ood[E][R], held[E][R];
    size_t count, overlap = 0, num_ood = 36; /* 0.2 of 180 */
    made m = make(&gsc_task_two_hop,
                  "entities=30 relations=8 out_degree=6 phi=3 ood_share=0.2 "
                  "iid_share=0.1 test_samples=20");
    read_facts(&m, facts, &count);
    assert_int_equal(count, E * DEGREE);
    size_t inferred = check_split(&m, "train", facts, seen);
    assert_int_equal(inferred, 3 * (count - num_ood));
    assert_int_equal(check_split(&m, "test_ood", facts, ood), 20);
    assert_int_equal(check_split(&m, "test", facts, held), 20);
    for (size_t i = 0; i < E * R; i++)
        overlap += seen[i / R][i % R] && ood[i / R][i % R];
    assert_int_equal(overlap, 0);
    assert_int_equal(gsc_dataset_split(&m.dataset, "train_atomic")->count, 20);
    assert_int_equal(check_split(&m, "train_inferred", facts, held), 20);
    release(&m);
    assert_fails(
        try(&gsc_task_two_hop, "entities=30 relations=8 out_degree=6 phi=30", &m),
        GSC_EARGUMENT, "phi: 30 times 171 atomic facts are 5130 inferred ones");
    release(&m);
    assert_fails(try(&gsc_task_two_hop, "relations=3", &m), GSC_EARGUMENT,
                 "out_degree: 10 different relations of each entity, but there are 3");
    release(&m);
}

static void
comparisons_follow_from_values(void **state)
{
    (void)state;
    enum { ENTITIES = 20, ATTRIBUTES = 2, VALUES = 5 };
    made m = make(&gsc_task_two_hop,
                  "kind=comparison entities=20 relations=2 values=5 phi=4 "
                  "ood_share=0.2 iid_share=0.1");
    size_t first = ENTITIES + ATTRIBUTES, labels = first + VALUES + GSC_HOP_SPECIAL;
    assert_int_equal(gsc_dataset_find(&m.dataset, GSC_TOKENS)->num_values,
                     labels + 3 * ATTRIBUTES);
    /* Of each attribute 4 of 20 are OOD: 12 pairs in both orders. */
    assert_int_equal(gsc_dataset_split(&m.dataset, "test_ood")->count, 24);
    const gsc_split *train = gsc_dataset_split(&m.dataset, "train");
    assert_int_equal(train->count, 40 + 4 * 32);
    for (size_t e = 40; e < m.dataset.num_examples; e++) {
        size_t a = element(&m, GSC_TOKENS, e, 0) - ENTITIES,
               x = element(&m, GSC_HOP_VALUE_1, e, 0),
               y = element(&m, GSC_HOP_VALUE_2, e, 0);
        assert_int_equal(element(&m, GSC_TOKENS, e, 1), first + VALUES + GSC_HOP_ASK);
        assert_int_equal(element(&m, "label", e, 3), labels + 3 * a +
                                                         (x < y    ? 0
                                                          : x == y ? 1
                                                                   : 2));
    }
    release(&m);
    assert_fails(try(&gsc_task_two_hop, "kind=comparison graph=triples", &m),
                 GSC_EARGUMENT, "triples have no values to compare");
}

/* ---- The lemmas ---- */

static void
the_lemmas_are_each_other_turned_round(void **state)
{
    (void)state;
    /* V = 5, n = 2, b = 2: 5 * 4 * 3 * (2/4)^2 = 15, of 10 facts. */
    const gsc_hop_sizes few = {5, 2, 2};
    assert_close(gsc_multihop_facts(&few), 15, 1e-12);
    assert_close(gsc_multihop_ratio(&few), 1.5, 1e-12);
    for (double n = 2; n < 5; n++)
        for (double v = 10; v < 2000; v *= 3) {
            gsc_hop_sizes s = {v, n, 3.5};
            double phi = gsc_multihop_ratio(&s);
            assert_true(phi <= pow(3.5, n - 1));
            assert_close(gsc_multihop_branching(&s, phi), 3.5, 1e-9);
        }
    const gsc_hop_sizes many = {1e7, 3, 4};
    assert_close(gsc_multihop_ratio(&many), 16, 1e-4);
    const gsc_hop_sizes one = {10, 1, 4}, none = {2, 2, 4};
    assert_close(gsc_multihop_facts(&one), 40, 1e-12);
    assert_true(isnan(gsc_multihop_branching(&one, 2)));
    assert_true(isnan(gsc_multihop_facts(&none)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_counted),
        cmocka_unit_test(what_is_no_triple_is_refused),
        cmocka_unit_test(codex_has_its_counts),
        cmocka_unit_test(augmenting_reaches_its_ratio_and_keeps_what_is_there),
        cmocka_unit_test(questions_become_triples),
        cmocka_unit_test(compositions_follow_from_atomic_facts),
        cmocka_unit_test(comparisons_follow_from_values),
        cmocka_unit_test(the_lemmas_are_each_other_turned_round),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
