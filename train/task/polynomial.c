/* Polynomials are calculated as they are read, by recursive descent:
 *
 *     sum     = [-] product { (+|-) product }
 *     product = power { [*] power }
 *     power   = atom [ ^ digits ]
 *     atom    = digits | x | y | a | b | ( sum )
 *
 * A whole table of pairs is read once for each pair, which costs less than the examples
 * that are then made of it. */
#include "train/task/polynomial.h"

#include "grokscope/error.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { MOST_DIGITS = 9, MOST_EXPONENT = 64, MOST_DEPTH = 32 };

typedef struct reader {
    const char *text, *at;
    int64_t x, y, p;
    int depth;           /* of parentheses */
    const char *problem; /* the first one, or NULL */
} reader;

/* Note what is wrong at this place; reading goes on to no end but the text's. */
static int64_t
refuse(reader *r, const char *problem)
{
    if (!r->problem)
        r->problem = problem;
    return 0;
}

static char
peek(reader *r)
{
    r->at += strspn(r->at, " ");
    return *r->at;
}

static int64_t
residue(int64_t value, int64_t p)
{
    return (value % p + p) % p;
}

static int64_t
read_digits(reader *r)
{
    int64_t value = 0;
    int digits = 0;
    for (; isdigit((unsigned char)*r->at); r->at++, digits++)
        if (digits < MOST_DIGITS)
            value = 10 * value + (*r->at - '0');
    return digits > MOST_DIGITS ? refuse(r, "a number of more than 9 digits") : value;
}

static int64_t read_sum(reader *r);

static int64_t
read_parentheses(reader *r)
{
    if (++r->depth > MOST_DEPTH)
        return refuse(r, "more than 32 parentheses in each other");
    r->at++;
    int64_t value = read_sum(r);
    r->depth--;
    if (r->problem)
        return 0;
    if (peek(r) != ')')
        return refuse(r, "a parenthesis is not closed");
    r->at++;
    return value;
}

static bool
begins_atom(char c)
{
    return isdigit((unsigned char)c) || (c != '\0' && strchr("xyab(", c) != NULL);
}

static int64_t
read_atom(reader *r)
{
    char c = peek(r);
    if (!begins_atom(c))
        return refuse(r, "expected a number, x, y or '('");
    if (c == '(')
        return read_parentheses(r);
    if (isdigit((unsigned char)c))
        return residue(read_digits(r), r->p);
    if (isdigit((unsigned char)*++r->at))
        return refuse(r, "a number after an unknown; x^2 is its square, 2x its double");
    return c == 'x' || c == 'a' ? r->x : r->y;
}

static int64_t
read_power(reader *r)
{
    int64_t base = read_atom(r), value = 1;
    if (r->problem || peek(r) != '^')
        return base;
    r->at++;
    if (!isdigit((unsigned char)peek(r)))
        return refuse(r, "expected a whole exponent");
    int64_t exponent = read_digits(r);
    if (exponent > MOST_EXPONENT)
        return refuse(r, "an exponent above 64");
    for (int64_t i = 0; i < exponent; i++)
        value = value * base % r->p;
    return value;
}

static int64_t
read_product(reader *r)
{
    int64_t value = read_power(r);
    while (!r->problem && (peek(r) == '*' || begins_atom(*r->at))) {
        r->at += *r->at == '*';
        value = value * read_power(r) % r->p;
    }
    return value;
}

static int64_t
read_sum(reader *r)
{
    bool minus = peek(r) == '-';
    r->at += minus;
    int64_t value = read_product(r);
    if (minus)
        value = residue(-value, r->p);
    while (!r->problem && (peek(r) == '+' || *r->at == '-')) {
        minus = *r->at++ == '-';
        int64_t next = read_product(r);
        value = residue(minus ? value - next : value + next, r->p);
    }
    return value;
}

static int64_t
read_all(reader *r)
{
    int64_t value = read_sum(r);
    if (!r->problem && peek(r) != '\0')
        refuse(r, "expected +, -, *, ^ or the end");
    return value;
}

int
gsc_polynomial_check(const char *text)
{
    reader r = {.text = text, .at = text, .p = 2};
    read_all(&r);
    if (!r.problem)
        return 0;
    return gsc_fail(GSC_EARGUMENT, "'%s' is no polynomial: %s, at '%s'", text,
                    r.problem, *r.at ? r.at : "the end");
}

int64_t
gsc_polynomial_value(const char *text, int64_t x, int64_t y, int64_t p)
{
    reader r = {.text = text, .at = text, .x = x, .y = y, .p = p};
    return read_all(&r);
}
