/* Types, shapes, storage and values as no checkpoint has them. */
#include "hostile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Values ---- */

const char *
hostile_text(fuzz_rng *rng)
{
    static char longest[70000];
    static const char *const texts[] = {
        "",          "x",
        "grokscope", "grokscope-run",
        "step",      "step step",
        " step",     "step  train_loss test_loss",
        "test_loss", "step train_loss test_loss more",
        "a/b",       "..",
        ".",         "/",
        "d_model",   "d_vocab d_model",
        "a b c d e", "\xff\xfe",
        "\xe2\x82",  "n\xc3\xa4her",
        "%s%n%999d", "a\tb\nc",
        "{}",        "[]",
        "{",         "{\"task\":{\"p\":4096}}",
        "null",      "\"",
    };
    size_t count = sizeof texts / sizeof *texts, i = fuzz_below(rng, count + 2);
    if (i < count)
        return texts[i];
    size_t length = i == count ? 100 + fuzz_below(rng, 200) : sizeof longest - 1;
    memset(longest, fuzz_below(rng, 2) ? 'y' : '[', length);
    longest[length] = '\0';
    return longest;
}

int64_t
hostile_integer(fuzz_rng *rng)
{
    static const int64_t integers[] = {0,
                                       1,
                                       -1,
                                       2,
                                       3,
                                       5,
                                       6,
                                       7,
                                       8,
                                       113,
                                       255,
                                       4096,
                                       16384,
                                       32767,
                                       65535,
                                       65536,
                                       65537,
                                       INT32_MAX,
                                       INT32_MIN,
                                       INT64_MAX,
                                       INT64_MIN,
                                       1000000000,
                                       9007199254740993};
    return integers[fuzz_below(rng, sizeof integers / sizeof *integers)];
}

double
hostile_real(fuzz_rng *rng)
{
    static const double reals[] = {0,      -0.0,     1,         -1,   1e300,
                                   1e-310, INFINITY, -INFINITY, 1e38, 4e38};
    size_t count = sizeof reals / sizeof *reals, i = fuzz_below(rng, count + 1);
    return i < count ? reals[i] : (double)NAN;
}

/* ---- Types ---- */

static hid_t
number_type(fuzz_rng *rng)
{
    const hid_t types[] = {H5T_STD_I8LE,   H5T_STD_U8BE,      H5T_STD_U16LE,
                           H5T_STD_U16BE,  H5T_STD_I32LE,     H5T_STD_U32LE,
                           H5T_STD_I64LE,  H5T_STD_I64BE,     H5T_STD_U64LE,
                           H5T_IEEE_F32LE, H5T_IEEE_F32BE,    H5T_IEEE_F64LE,
                           H5T_IEEE_F64BE, H5T_STD_B16LE,     H5T_STD_B64BE,
                           H5T_UNIX_D32LE, H5T_NATIVE_LDOUBLE};
    hid_t type = H5Tcopy(types[fuzz_below(rng, sizeof types / sizeof *types)]);
    switch (fuzz_below(rng, 8)) {
    case 0: /* sizes that no machine has */
        H5Tset_size(type, 1 + fuzz_below(rng, 20));
        break;
    case 1: /* bits among others */
        H5Tset_precision(type, 1 + fuzz_below(rng, 15));
        H5Tset_offset(type, fuzz_below(rng, 9));
        break;
    default:
        break;
    }
    return type;
}

static hid_t
half_type(void)
{
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 10, 5, 0, 10);
    H5Tset_precision(type, 16);
    H5Tset_ebias(type, 15);
    H5Tset_size(type, 2);
    return type;
}

static hid_t
text_type(fuzz_rng *rng)
{
    static const H5T_str_t pads[] = {H5T_STR_NULLTERM, H5T_STR_NULLPAD,
                                     H5T_STR_SPACEPAD};
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, fuzz_below(rng, 3) == 0   ? H5T_VARIABLE
                      : fuzz_below(rng, 8) == 0 ? 30000
                                                : 1 + fuzz_below(rng, 40));
    H5Tset_strpad(type, pads[fuzz_below(rng, 3)]);
    H5Tset_cset(type, fuzz_below(rng, 2) ? H5T_CSET_UTF8 : H5T_CSET_ASCII);
    return type;
}

static hid_t
made_type(fuzz_rng *rng)
{
    hsize_t dims[] = {2, 3};
    uint16_t value = 3;
    hid_t type;
    switch (fuzz_below(rng, 6)) {
    case 0:
        type = H5Tcreate(H5T_COMPOUND, 12);
        H5Tinsert(type, "r", 0, H5T_IEEE_F64LE);
        H5Tinsert(type, "i", 8, H5T_STD_I32LE);
        return type;
    case 1:
        type = H5Tenum_create(H5T_STD_U16LE);
        H5Tenum_insert(type, "three", &value);
        return type;
    case 2:
        return H5Tvlen_create(H5T_IEEE_F32LE);
    case 3:
        return H5Tarray_create2(H5T_IEEE_F32LE, 2, dims);
    case 4:
        type = H5Tcreate(H5T_OPAQUE, 1 + fuzz_below(rng, 64));
        H5Tset_tag(type, "opaque");
        return type;
    default:
        return H5Tcopy(fuzz_below(rng, 2) ? H5T_STD_REF_OBJ : H5T_STD_REF_DSETREG);
    }
}

hid_t
hostile_type(fuzz_rng *rng)
{
    switch (fuzz_below(rng, 5)) {
    case 0:
        return text_type(rng);
    case 1:
        return made_type(rng);
    case 2:
        return fuzz_below(rng, 4) == 0 ? half_type() : number_type(rng);
    default:
        return number_type(rng);
    }
}

/* ---- Shapes ---- */

hid_t
hostile_space(fuzz_rng *rng, int most_rank, bool huge)
{
    static const hsize_t few[] = {0, 1, 1, 2, 2, 3, 5, 7, 8, 12, 24, 49};
    static const hsize_t many[] = {65535,
                                   65536,
                                   1 << 20,
                                   (hsize_t)1 << 31,
                                   (hsize_t)1 << 32,
                                   (hsize_t)1 << 40,
                                   (hsize_t)1 << 61,
                                   (hsize_t)1 << 62};
    hsize_t dims[H5S_MAX_RANK];
    switch (fuzz_below(rng, 10)) {
    case 0:
        return H5Screate(H5S_SCALAR);
    case 1:
        return H5Screate(H5S_NULL);
    default:
        break;
    }
    int rank = fuzz_below(rng, 12) == 0 ? most_rank : 1 + (int)fuzz_below(rng, 4);
    for (int i = 0; i < rank; i++)
        dims[i] = huge && fuzz_below(rng, 3) == 0
                      ? many[fuzz_below(rng, sizeof many / sizeof *many)]
                  : rank > 6 ? 1 + fuzz_below(rng, 2) % 2
                             : few[fuzz_below(rng, sizeof few / sizeof *few)];
    return H5Screate_simple(rank, dims, NULL);
}

static void
add_filters(fuzz_rng *rng, hid_t creation)
{
    if (fuzz_below(rng, 2))
        H5Pset_fletcher32(creation);
    if (fuzz_below(rng, 4) == 0)
        H5Pset_shuffle(creation);
    if (fuzz_below(rng, 4) == 0)
        H5Pset_deflate(creation, 6);
    if (fuzz_below(rng, 8) == 0) /* one that nobody has */
        H5Pset_filter(creation, 300, H5Z_FLAG_OPTIONAL, 0, NULL);
}

static void
set_chunks(fuzz_rng *rng, hid_t creation, hid_t space)
{
    hsize_t dims[H5S_MAX_RANK], chunk[H5S_MAX_RANK];
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    bool large = rank < 3 && fuzz_below(rng, 4) == 0;
    for (int i = 0; i < rank; i++)
        chunk[i] = large          ? 1 + fuzz_below(rng, 1000)
                   : dims[i] < 64 ? (dims[i] > 0 ? dims[i] : 1)
                                  : 1 + fuzz_below(rng, 64);
    if (rank > 0)
        H5Pset_chunk(creation, rank, chunk);
    add_filters(rng, creation);
}

hid_t
hostile_storage(fuzz_rng *rng, hid_t space)
{
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    switch (fuzz_below(rng, 6)) {
    case 0:
        H5Pset_layout(creation, H5D_COMPACT);
        break;
    case 1:
        /* Never a file of somebody: what is written goes there. */
        H5Pset_external(creation, "outside", 0, H5F_UNLIMITED);
        break;
    case 2:
        H5Pset_virtual(creation, space, fuzz_below(rng, 2) ? "." : "nowhere.h5",
                       "/params/embed.W_E", space);
        break;
    case 3:
        break;
    default:
        set_chunks(rng, creation, space);
    }
    hssize_t count = H5Sget_simple_extent_npoints(space); /* of the file it makes */
    if (count >= 0 && count < 4096 && fuzz_below(rng, 6) == 0)
        H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    return creation;
}

/* ---- Contents ---- */

enum { ROOM = 1 << 17 };

static void
write_any(hid_t id, hid_t type, const void *data, bool is_attribute)
{
    if (is_attribute)
        H5Awrite(id, type, data);
    else
        H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
}

bool
hostile_is_inside(hid_t dataset)
{
    hid_t creation = H5Dget_create_plist(dataset);
    bool inside = creation >= 0 && H5Pget_external_count(creation) == 0 &&
                  H5Pget_layout(creation) != H5D_VIRTUAL;
    H5Pclose(creation);
    return inside;
}

void
hostile_fill(fuzz_rng *rng, hid_t id, hid_t type, hid_t space, bool is_attribute)
{
    static unsigned char room[ROOM];
    static float numbers[4];
    hssize_t count = H5Sget_simple_extent_npoints(space);
    size_t size = H5Tget_size(type);
    if (!is_attribute && !hostile_is_inside(id))
        return;
    bool is_text = H5Tis_variable_str(type) > 0;
    bool is_list = H5Tget_class(type) == H5T_VLEN;
    if (count <= 0 || size == 0 || (uint64_t)count > ROOM / size)
        return;
    memset(room, 0, ROOM);
    if (is_text || is_list) {
        for (size_t i = 0; i < (size_t)count; i++)
            if (is_list)
                ((hvl_t *)(void *)room)[i] = (hvl_t){fuzz_below(rng, 5), numbers};
            else
                ((const char **)(void *)room)[i] = hostile_text(rng);
    } else if (H5Tget_class(type) == H5T_STRING) {
        const char *text = hostile_text(rng);
        strncpy((char *)room, text, size);
    } else if (H5Tget_class(type) != H5T_REFERENCE && fuzz_below(rng, 3) > 0) {
        for (size_t i = 0; i < (size_t)count * size; i++)
            room[i] = (unsigned char)fuzz_random(rng);
    }
    write_any(id, type, room, is_attribute);
}
