/* Containers and other plain things that a pickle has made by calls. */
#include "grokscope/error.h"

#include "train/exchange/pickle.h"

/* list(items), set(items), tuple(items): lists all. */
int
gsc_pickle_call_list(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    int status = 0;
    const gsc_value *items = gsc_pickle_argument(arguments, 0);
    GSC_TRY(gsc_pickle_make(m, GSC_VALUE_LIST, result));
    if (gsc_pickle_is(items, GSC_VALUE_LIST))
        GSC_TRY(gsc_pickle_count_copies(m, items->count));
    for (size_t i = 0; gsc_pickle_is(items, GSC_VALUE_LIST) && i < items->count; i++)
        GSC_TRY(gsc_pickle_append(m, *result, items->items[i]));
out:
    return status;
}

/* OrderedDict(), OrderedDict(pairs), Counter(dictionary) and defaultdict(factory). */
int
gsc_pickle_call_dict(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    int status = 0;
    const gsc_value *pairs = gsc_pickle_argument(arguments, 0);
    GSC_TRY(gsc_pickle_make(m, GSC_VALUE_DICT, result));
    if (gsc_pickle_is(pairs, GSC_VALUE_LIST) || gsc_pickle_is(pairs, GSC_VALUE_DICT))
        GSC_TRY(gsc_pickle_count_copies(m, pairs->count));
    for (size_t i = 0; gsc_pickle_is(pairs, GSC_VALUE_DICT) && i < pairs->count; i++)
        GSC_TRY(
            gsc_pickle_set(m, *result, pairs->items[2 * i], pairs->items[2 * i + 1]));
    for (size_t i = 0; gsc_pickle_is(pairs, GSC_VALUE_LIST) && i < pairs->count; i++) {
        const gsc_value *pair = pairs->items[i];
        if (!gsc_pickle_is(pair, GSC_VALUE_LIST) || pair->count != 2)
            return gsc_fail(GSC_EFORMAT, "makes a dictionary of what are no pairs");
        GSC_TRY(gsc_pickle_set(m, *result, pair->items[0], pair->items[1]));
    }
out:
    return status;
}

/* _codecs.encode(text, "latin1"): how protocol 2 writes bytes, as letters of UTF-8 up
 * to U+00FF. */
int
gsc_pickle_call_encode(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    const gsc_value *text = gsc_pickle_argument(arguments, 0);
    if (!gsc_pickle_is(text, GSC_VALUE_TEXT))
        return gsc_fail(GSC_EFORMAT, "encodes what is no text");
    int status = gsc_pickle_count_copies(m, text->count);
    if (status == 0)
        status = gsc_pickle_make(m, GSC_VALUE_BYTES, result);
    if (status < 0)
        return status;
    char *bytes = gsc_arena_copy(m->arena, text->text, text->count);
    if (!bytes)
        return GSC_EMEMORY;
    size_t count = 0;
    for (size_t i = 0; i < text->count; i++) {
        unsigned char c = (unsigned char)text->text[i];
        if (c >= 0xc4 || (c >= 0x80 && i + 1 == text->count))
            return gsc_fail(GSC_EFORMAT, "has bytes that are no latin1");
        if (c >= 0x80)
            c = (unsigned char)(c << 6 | (text->text[++i] & 0x3f));
        bytes[count++] = (char)c;
    }
    (*result)->text = bytes;
    (*result)->count = count;
    return 0;
}

/* bytes() of nothing. */
int
gsc_pickle_call_bytes(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    const gsc_value *from = gsc_pickle_argument(arguments, 0);
    int status = gsc_pickle_make(m, GSC_VALUE_BYTES, result);
    if (status < 0)
        return status;
    (*result)->text = gsc_pickle_is(from, GSC_VALUE_BYTES) ? from->text : "";
    (*result)->count = gsc_pickle_is(from, GSC_VALUE_BYTES) ? from->count : 0;
    return 0;
}

/* torch.device("cuda", 0): the name; a path: its first part. */
int
gsc_pickle_call_first(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    const gsc_value *first = gsc_pickle_argument(arguments, 0);
    if (!first)
        return gsc_pickle_make(m, GSC_VALUE_NONE, result);
    int status = gsc_pickle_make(m, first->kind, result);
    if (status == 0)
        **result = *first;
    return status;
}
