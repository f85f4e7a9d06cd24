/* What is known of the rows of an embedding. */
#include "analyze/network/row_facts.h"

#include "grokscope/error.h"

#include "analyze/network/row_origin.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Labels ---- */

static int
add_residue(const gsc_row_origin *s, int64_t residue, gsc_text *text)
{
    if (residue >= 0 && s->of_group)
        return gsc_group_add_element(&s->group, (size_t)residue, text);
    return residue >= 0 ? gsc_text_add(text, "%lld", (long long)residue)
                        : gsc_text_add(text, "?");
}

/* Tokens after the residues have names, with spaces between. */
static int
add_extra_token(const gsc_binary_table *pairs, size_t extra, bool *added,
                gsc_text *text)
{
    const char *name = pairs->extra_tokens ? pairs->extra_tokens : "";
    for (; extra > 0 && *name; extra--)
        name += strcspn(name, " ") + (name[strcspn(name, " ")] == ' ');
    *added = *name != '\0';
    return *added ? gsc_text_add(text, "%.*s", (int)strcspn(name, " "), name) : 0;
}

static int
add_token(const gsc_row_origin *s, int64_t id, gsc_text *text)
{
    bool added = false;
    int status = 0;
    if (s->words && id < (int64_t)s->first_word)
        return gsc_text_add(text, "(padding)");
    if (s->words && id < (int64_t)(s->first_word + s->num_words))
        return gsc_text_add(text, "%s", s->words[(size_t)id - s->first_word]);
    if (id >= (int64_t)s->p)
        status = add_extra_token(&s->loaded->pairs, (size_t)id - s->p, &added, text);
    return status < 0 || added ? status
                               : gsc_text_add(text, "token %lld", (long long)id);
}

/* "3, 5 = 8"; of several operations "add 3, 5 = 8" */
static int
add_input(const gsc_row_origin *s, size_t row, const int64_t abc[3], gsc_text *text)
{
    int status = 0;
    const gsc_field *tokens =
        gsc_dataset_find(&s->loaded->checkpoint.dataset, GSC_TOKENS);
    if (s->operation_at >= 0 && tokens) {
        GSC_TRY(add_token(s,
                          (int64_t)gsc_field_element(tokens, (size_t)s->e->ids[row],
                                                     (size_t)s->operation_at),
                          text));
        GSC_TRY(gsc_text_add(text, " "));
    }
    GSC_TRY(add_residue(s, abc[0], text));
    GSC_TRY(gsc_text_add(text, ", "));
    GSC_TRY(add_residue(s, abc[1], text));
    GSC_TRY(gsc_text_add(text, " = "));
    GSC_TRY(add_residue(s, abc[2], text));
out:
    return status;
}

static void
operands_of(const gsc_row_origin *s, size_t row, int64_t abc[3])
{
    const gsc_binary_table *pairs = &s->loaded->pairs;
    const gsc_dataset *dataset = &s->loaded->checkpoint.dataset;
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    size_t e = (size_t)s->e->ids[row];
    abc[0] = abc[1] = -1;
    if (pairs->n > 0 && tokens) {
        abc[0] = s->residue_of[(size_t)gsc_field_element(tokens, e, pairs->position_a)];
        abc[1] = s->residue_of[(size_t)gsc_field_element(tokens, e, pairs->position_b)];
    }
    abc[2] = s->e->residues[row];
}

/* What the first output should be: a label, or the first of its numbers. */
static double
answer_of(const gsc_row_origin *s, size_t row)
{
    const gsc_dataset *dataset = &s->loaded->checkpoint.dataset;
    const gsc_target *target = &dataset->targets[0];
    const gsc_field *field = gsc_dataset_find(dataset, target->field);
    if (!field || !field->data)
        return NAN;
    size_t width = gsc_shape_count(field->shape) / target->num_positions;
    return gsc_field_element(field, (size_t)s->e->ids[row], target->answer_row * width);
}

static int
add_answer(const gsc_row_origin *s, size_t row, gsc_text *text)
{
    char number[GSC_NUMBER_BYTES];
    gsc_text_from_real(number, answer_of(s, row));
    return gsc_text_add(text, "%s", number);
}

static int
add_label(const gsc_row_origin *s, size_t row, gsc_rows *rows)
{
    int status = 0;
    gsc_text text = {0};
    int64_t abc[3], residue = s->e->residues[row], id = s->e->ids[row];
    if (s->e->kind == GSC_ROW_INPUT && s->p == 0) {
        GSC_TRY(add_answer(s, row, &text));
    } else if (s->e->kind == GSC_ROW_INPUT) {
        operands_of(s, row, abc);
        GSC_TRY(add_input(s, row, abc, &text));
    } else if (s->e->kind == GSC_ROW_OTHER) {
        GSC_TRY(gsc_text_add(&text, "%zu", row));
    } else {
        GSC_TRY(residue >= 0 ? add_residue(s, residue, &text)
                             : add_token(s, id, &text));
    }
    GSC_TRY(gsc_rows_text(rows, text.data));
out:
    gsc_text_free(&text);
    return status;
}

/* ---- Columns ---- */

enum fact {
    LABEL,
    INDEX,
    ID,
    RESIDUE,
    A,
    B,
    C,
    ANSWER,
    TRAIN,
    MOD,
    NEXT,
    PARITY,
    LOGARITHM,
    FREQUENCY,
    PHASE,
    ORDER,
    CLASS,
    LEFT,
    RIGHT,
    NUM_FACTS
};

static const gsc_column facts[NUM_FACTS] = {
    [LABEL] = {"label", GSC_CELL_TEXT, false, "in words", false},
    [INDEX] = {"index", GSC_CELL_INTEGER, true, "row", false},
    [ID] = {"id", GSC_CELL_INTEGER, false, "token, output or example", false},
    [RESIDUE] = {"residue", GSC_CELL_INTEGER, false, "residue or element", false},
    [A] = {"a", GSC_CELL_INTEGER, false, "first operand", false},
    [B] = {"b", GSC_CELL_INTEGER, false, "second operand", false},
    [C] = {"c", GSC_CELL_INTEGER, false, "answer", false},
    [ANSWER] = {"answer", GSC_CELL_REAL, false, "label or number", false},
    [TRAIN] = {"train", GSC_CELL_INTEGER, false, "trained on", false},
    [MOD] = {"mod", GSC_CELL_INTEGER, false, "residue modulo m", false},
    [NEXT] = {"next", GSC_CELL_INTEGER, false, "row of residue + m", false},
    [PARITY] = {"parity", GSC_CELL_INTEGER, false, "0 even, 1 odd", false},
    [LOGARITHM] = {"logarithm", GSC_CELL_INTEGER, false, "of the residue", false},
    [FREQUENCY] = {"frequency", GSC_CELL_INTEGER, false, "of the phases", false},
    [PHASE] = {"phase", GSC_CELL_REAL, false, "angle, in radians", false},
    [ORDER] = {"order", GSC_CELL_INTEGER, false, "of the element", false},
    [CLASS] = {"class", GSC_CELL_INTEGER, false, "conjugacy class", false},
    [LEFT] = {"left_coset", GSC_CELL_INTEGER, false, "x H", false},
    [RIGHT] = {"right_coset", GSC_CELL_INTEGER, false, "H x", false},
};

const char gsc_row_facts_columns[] =
    "one row for each token, output or input; those of these that there are (of an "
    "input those from mod_8 on are of c)\n"
    "  run the run's folder, or a lone file; of one checkpoint only if asked for\n"
    "  step updates before this checkpoint; likewise\n"
    "  label name in words: a residue, \"=\", cycles of a permutation, \"3, 5 = 8\", a "
    "word; of an input of another task its answer\n"
    "  index number of the row, from 0\n"
    "  token token that the row is of; called output or example where it is of one\n"
    "  residue residue, or element of the group, that the row is of; -1: none\n"
    "  a first operand of an input; b is the second one, c the answer\n"
    "  answer of an input of another task: its label, or the number it should give\n"
    "  train 1 where the input was trained on, 0 where not; -1: not known\n"
    "  mod_8 the residue modulo --modulus\n"
    "  next index of the row whose residue is larger by --modulus; -1: none\n"
    "  parity of the residue, or of the permutation: 0 even, 1 odd\n"
    "  logarithm discrete logarithm of the residue, where the operation is a product "
    "or "
    "quotient; -1: of 0\n"
    "  frequency frequency of the phases\n"
    "  phase angle of the row in the plane of that frequency, in radians, from the "
    "axis "
    "of its cosine towards that of its sine\n"
    "  order order of the group's element\n"
    "  class number of its conjugacy class, in the order of first elements\n"
    "  left_coset number of its coset x H of the subgroup, counted likewise\n"
    "  right_coset number of its coset H x\n"
    "  x0 first number of the row; x1 and so on are the others (in json x, a list)\n";

static bool
is_of_permutations(const gsc_row_origin *s)
{
    return s->of_group && (s->group.family == GSC_GROUP_SYMMETRIC ||
                           s->group.family == GSC_GROUP_ALTERNATING);
}

static bool
has_fact(const gsc_row_origin *s, enum fact fact)
{
    gsc_row_kind kind = s->e->kind;
    bool is_input = kind == GSC_ROW_INPUT, known = kind != GSC_ROW_OTHER;
    bool is_residue = s->of_residues && !is_input;
    switch (fact) {
    case INDEX:
    case LABEL:
        return true;
    case ID:
        return known;
    case RESIDUE:
        return known && !is_input && !s->words;
    case A:
    case B:
    case C:
        return is_input && s->p > 0;
    case ANSWER:
        return is_input && s->p == 0;
    case TRAIN:
        return is_input;
    case MOD:
        return s->of_residues && s->wishes->modulus > 0;
    case NEXT:
        return is_residue && s->wishes->modulus > 0;
    case PARITY:
        return s->of_residues || is_of_permutations(s);
    case LOGARITHM:
        return s->by_logarithm;
    case FREQUENCY:
    case PHASE:
        return is_residue;
    case ORDER:
    case CLASS:
        return s->of_group;
    default:
        return s->cosets[GSC_LEFT];
    }
}

static const char *
id_name(const gsc_embedding *e)
{
    if (e->kind == GSC_ROW_INPUT)
        return "example";
    return e->of_outputs ? "output" : "token";
}

/* ---- Cells ---- */

/* Of a permutation: whether an odd number of its pairs stand in reverse. */
static int64_t
permutation_parity(const gsc_group *group, size_t x)
{
    uint8_t image[UINT8_MAX];
    int64_t reversed = 0;
    gsc_group_permutation(group, x, image);
    for (size_t i = 0; i < group->degree; i++)
        for (size_t j = 0; j < i; j++)
            reversed += image[j] > image[i];
    return reversed % 2;
}

/* A fact of a residue or element r >= 0. */
static int64_t
fact_of_residue(const gsc_row_origin *s, enum fact fact, size_t r)
{
    size_t m = s->wishes->modulus;
    switch (fact) {
    case MOD:
        return (int64_t)(r % m);
    case NEXT:
        return s->row_of[(r + m) % s->p];
    case PARITY:
        return is_of_permutations(s) ? permutation_parity(&s->group, r)
                                     : (int64_t)(r % 2);
    case LOGARITHM:
        return s->logarithms[r];
    case ORDER:
        return (int64_t)gsc_group_element_order(&s->group, r);
    case CLASS:
        return s->classes[r];
    case LEFT:
    case RIGHT:
        return s->cosets[fact == LEFT ? GSC_LEFT : GSC_RIGHT][r];
    default:
        return (int64_t)r; /* RESIDUE, C */
    }
}

static int64_t
integer_fact(const gsc_row_origin *s, enum fact fact, size_t row)
{
    int64_t residue = s->e->residues[row], abc[3];
    switch (fact) {
    case INDEX:
        return (int64_t)row;
    case ID:
        return s->e->ids[row];
    case A:
    case B:
        operands_of(s, row, abc);
        return abc[fact - A];
    case TRAIN:
        return gsc_dataset_split(&s->loaded->checkpoint.dataset, "train")
                   ? s->trained[s->e->ids[row]]
                   : -1;
    case FREQUENCY:
        return (int64_t)s->frequency;
    default:
        return residue >= 0 && (size_t)residue < s->p
                   ? fact_of_residue(s, fact, (size_t)residue)
                   : -1;
    }
}

static int
add_row(gsc_row_facts *self, const gsc_row_origin *s, size_t row)
{
    int status = 0;
    for (enum fact fact = 0; fact < NUM_FACTS; fact++) {
        if (!has_fact(s, fact))
            continue;
        if (fact == LABEL)
            GSC_TRY(add_label(s, row, &self->rows));
        else if (fact == ANSWER)
            GSC_TRY(gsc_rows_real(&self->rows, answer_of(s, row)));
        else if (fact == PHASE)
            GSC_TRY(gsc_rows_real(&self->rows, s->phases[row]));
        else
            GSC_TRY(gsc_rows_integer(&self->rows, integer_fact(s, fact, row)));
    }
out:
    return status;
}

static void
choose_columns(gsc_row_facts *self, const gsc_row_origin *s)
{
    size_t count = 0;
    for (enum fact fact = 0; fact < NUM_FACTS; fact++) {
        if (!has_fact(s, fact))
            continue;
        gsc_column *column = &self->columns[count++];
        *column = facts[fact];
        if (fact == ID)
            column->name = id_name(s->e);
        if (fact == MOD)
            column->name = self->modulus_name;
    }
    gsc_rows_init(&self->rows, self->columns, count);
}

int
gsc_row_facts_init(gsc_row_facts *self, const gsc_loaded_model *loaded,
                   const gsc_embedding *embedding, const gsc_matrix *x,
                   const gsc_row_wishes *wishes)
{
    int status = 0;
    gsc_row_origin s;
    *self = (gsc_row_facts){.frequency = 0};
    snprintf(self->modulus_name, sizeof self->modulus_name, "mod_%zu", wishes->modulus);
    GSC_TRY(gsc_row_origin_init(&s, loaded, embedding, wishes));
    if (wishes->frequency > 0 && !has_fact(&s, PHASE))
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "--frequency %zu: these rows are of no residues, and have no "
                         "phases",
                         wishes->frequency));
    if (has_fact(&s, PHASE))
        GSC_TRY(gsc_row_origin_find_phases(&s, x));
    self->frequency = s.frequency;
    choose_columns(self, &s);
    for (size_t i = 0; i < embedding->x.rows; i++)
        GSC_TRY(add_row(self, &s, i));
out:
    gsc_row_origin_free(&s);
    if (status < 0)
        gsc_row_facts_free(self);
    return status;
}

void
gsc_row_facts_free(gsc_row_facts *self)
{
    gsc_rows_free(&self->rows);
    *self = (gsc_row_facts){.frequency = 0};
}
