/* Changes of a valid checkpoint, each by what libhdf5 lets one do. */
#include "hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
some_dataset(const hostile_base *base, fuzz_rng *rng)
{
    return base->datasets[fuzz_below(rng, base->num_datasets)];
}

static const char *
some_object(const hostile_base *base, fuzz_rng *rng)
{
    return fuzz_below(rng, 3) == 0 ? base->groups[fuzz_below(rng, base->num_groups)]
                                   : some_dataset(base, rng);
}

static bool
is_there(hid_t file, const char *object)
{
    return H5Lexists(file, object, H5P_DEFAULT) > 0;
}

static void
remove_link(hid_t file, const char *object)
{
    if (strcmp(object, "/") != 0 && is_there(file, object))
        H5Ldelete(file, object, H5P_DEFAULT);
}

/* ---- Datasets ---- */

static void
put_dataset(hid_t file, const char *object, hid_t type, hid_t space, hid_t creation,
            fuzz_rng *rng)
{
    remove_link(file, object);
    hid_t id =
        H5Dcreate2(file, object, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    if (id >= 0 && fuzz_below(rng, 4) > 0)
        hostile_fill(rng, id, type, space, false);
    if (id >= 0)
        H5Dclose(id);
}

static void
other_dataset(const hostile_base *base, hid_t file, fuzz_rng *rng)
{
    hid_t type = hostile_type(rng), space = hostile_space(rng, H5S_MAX_RANK, true);
    hid_t creation = hostile_storage(rng, space);
    put_dataset(file, some_dataset(base, rng), type, space, creation, rng);
    H5Pclose(creation);
    H5Sclose(space);
    H5Tclose(type);
}

/* The attributes of a tensor, so that the rest of it is looked at. */
static void
put_tensor_attributes(hid_t file, const char *object, int rank)
{
    static const char *const axes[] = {"", "a", "a b", "a b c", "a b c d"};
    int64_t trained = 1;
    hid_t id = H5Oopen(file, object, H5P_DEFAULT), scalar = H5Screate(H5S_SCALAR);
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 8);
    hid_t a = H5Acreate2(id, "axes", text, scalar, H5P_DEFAULT, H5P_DEFAULT);
    hid_t t =
        H5Acreate2(id, "trained", H5T_STD_I64LE, scalar, H5P_DEFAULT, H5P_DEFAULT);
    char words[8] = "";
    strcpy(words, axes[rank >= 0 && rank <= 4 ? rank : 0]);
    H5Awrite(a, text, words);
    H5Awrite(t, H5T_NATIVE_INT64, &trained);
    H5Aclose(a);
    H5Aclose(t);
    H5Tclose(text);
    H5Sclose(scalar);
    H5Oclose(id);
}

/* Of the type that belongs there, in another shape or storage. */
static void
other_shape(const hostile_base *base, hid_t file, fuzz_rng *rng)
{
    const char *object = some_dataset(base, rng);
    if (!is_there(file, object))
        return;
    hid_t id = H5Dopen2(file, object, H5P_DEFAULT);
    hid_t type = H5Dget_type(id), own = H5Dget_space(id);
    hid_t space = fuzz_below(rng, 2) ? H5Scopy(own) : hostile_space(rng, 8, true);
    hid_t creation = hostile_storage(rng, space);
    H5Dclose(id);
    put_dataset(file, object, type, space, creation, rng);
    put_tensor_attributes(file, object, H5Sget_simple_extent_ndims(space));
    H5Pclose(creation);
    H5Sclose(space);
    H5Sclose(own);
    H5Tclose(type);
}

/* Another number among those that a dataset holds. */
static void
other_value(const hostile_base *base, hid_t file, fuzz_rng *rng)
{
    const char *object = some_dataset(base, rng);
    hid_t id = is_there(file, object) ? H5Dopen2(file, object, H5P_DEFAULT) : -1;
    hid_t space = H5Dget_space(id), type = H5Dget_type(id);
    H5T_class_t class = H5Tget_class(type);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    double real[512];
    int64_t whole[512];
    if (!hostile_is_inside(id))
        count = 0;
    if (class == H5T_FLOAT && count > 0 && count <= 512 &&
        H5Dread(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, real) >= 0) {
        for (size_t times = 1 + fuzz_below(rng, 20); times > 0; times--)
            real[fuzz_below(rng, (size_t)count)] = hostile_real(rng);
        H5Dwrite(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, real);
    } else if (class == H5T_INTEGER && count > 0 && count <= 512 &&
               H5Dread(id, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, whole) >=
                   0) {
        for (size_t times = 1 + fuzz_below(rng, 4); times > 0; times--)
            whole[fuzz_below(rng, (size_t)count)] = hostile_integer(rng);
        H5Dwrite(id, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, whole);
    }
    H5Tclose(type);
    H5Sclose(space);
    H5Dclose(id);
}

/* ---- Attributes ---- */

static const char *const attributes[] = {
    "format", "version",     "step",      "num_examples",  "num_values",
    "scale",  "source",      "sha256",    "shape",         "target",
    "mask",   "loss",        "position",  "num_positions", "answer_row",
    "order",  "stream_seed", "tolerance", "num_templates", "template_width",
    "axes",   "trained",     "columns",   "another",       ""};

static void
other_attribute(const hostile_base *base, hid_t file, fuzz_rng *rng)
{
    const char *object = some_object(base, rng);
    const char *name =
        attributes[fuzz_below(rng, sizeof attributes / sizeof *attributes)];
    hid_t type = hostile_type(rng), space = hostile_space(rng, 8, false);
    H5Adelete_by_name(file, object, name, H5P_DEFAULT);
    hid_t id = H5Acreate_by_name(file, object, name, type, space, H5P_DEFAULT,
                                 H5P_DEFAULT, H5P_DEFAULT);
    if (id >= 0) {
        hostile_fill(rng, id, type, space, true);
        H5Aclose(id);
    }
    H5Sclose(space);
    H5Tclose(type);
}

/* Another value of the attribute's own type, on all objects that have it. */
static void
other_number(const hostile_base *base, hid_t file, fuzz_rng *rng)
{
    static const struct {
        const char *object, *name;
    } numbers[] = {{"/", "step"},
                   {"/", "version"},
                   {"/data", "num_examples"},
                   {"/data/tokens", "num_values"},
                   {"/data/label", "num_values"},
                   {"/outputs/answer", "position"},
                   {"/outputs/answer", "num_positions"},
                   {"/outputs/answer", "answer_row"},
                   {NULL, "trained"}};
    size_t which = fuzz_below(rng, sizeof numbers / sizeof *numbers);
    const char *object =
        numbers[which].object ? numbers[which].object : some_dataset(base, rng);
    int64_t values[64];
    hid_t id =
        H5Aopen_by_name(file, object, numbers[which].name, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Aget_space(id);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    if (count > 0 && count <= 64 && H5Aread(id, H5T_NATIVE_INT64, values) >= 0) {
        values[fuzz_below(rng, (size_t)count)] = hostile_integer(rng);
        H5Awrite(id, H5T_NATIVE_INT64, values);
    }
    H5Sclose(space);
    H5Aclose(id);
}

static void
other_words(const hostile_base *base, hid_t file, fuzz_rng *rng)
{
    static const char *const words[][2] = {{"axes", NULL},
                                           {"columns", "/history/loss"},
                                           {"format", "/"},
                                           {"order", "/outputs"},
                                           {"target", "/outputs/answer"},
                                           {"mask", "/outputs/answer"},
                                           {"loss", "/outputs/answer"}};
    size_t which = fuzz_below(rng, sizeof words / sizeof *words);
    const char *name = words[which][0], *text = hostile_text(rng);
    const char *object = words[which][1] ? words[which][1] : some_dataset(base, rng);
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, H5T_VARIABLE);
    H5Adelete_by_name(file, object, name, H5P_DEFAULT);
    hid_t id = H5Acreate_by_name(file, object, name, type, space, H5P_DEFAULT,
                                 H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(id, type, &text);
    H5Aclose(id);
    H5Sclose(space);
    H5Tclose(type);
}

/* ---- Links and names ---- */

static void
other_link(const hostile_base *base, hid_t file, fuzz_rng *rng)
{
    const char *object = some_object(base, rng), *target = some_object(base, rng);
    hid_t id = H5I_INVALID_HID;
    switch (fuzz_below(rng, 7)) {
    case 0:
        remove_link(file, object);
        H5Lcreate_soft(target, file, object, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 1:
        remove_link(file, object);
        H5Lcreate_external("step-000000000.h5", target, file, object, H5P_DEFAULT,
                           H5P_DEFAULT);
        break;
    case 2:
        if (strcmp(object, target) != 0)
            remove_link(file, object);
        H5Lcreate_hard(file, target, file, object, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 3:
        remove_link(file, object);
        id = H5Gcreate2(file, object, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Gclose(id);
        break;
    case 4:
        remove_link(file, object);
        id = hostile_type(rng);
        H5Tcommit2(file, object, id, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Tclose(id);
        break;
    default:
        remove_link(file, object);
    }
}

static void
other_name(const hostile_base *base, hid_t file, fuzz_rng *rng)
{
    const char *object = some_object(base, rng), *slash = strrchr(object, '/');
    static char path[HOSTILE_PATH_BYTES + 70000];
    snprintf(path, sizeof path, "%.*s/%s", (int)(slash - object), object,
             hostile_text(rng));
    H5Lmove(file, object, H5L_SAME_LOC, path, H5P_DEFAULT, H5P_DEFAULT);
}

/* Many links to one object, groups in groups, or a group in itself. */
static void
many_links(const hostile_base *base, hid_t file, fuzz_rng *rng)
{
    const char *group = base->groups[fuzz_below(rng, base->num_groups)];
    const char *target = some_object(base, rng);
    char path[1024];
    size_t kind = fuzz_below(rng, 3), length;
    size_t count = kind == 0 ? 400 : 40;
    snprintf(path, sizeof path, "%s", group);
    for (size_t i = 0; i < count; i++) {
        length = kind == 2 ? strlen(path) : strlen(group);
        snprintf(path + length, sizeof path - length, "/link-%zu", i);
        if (kind == 2)
            H5Gclose(H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        else
            H5Lcreate_hard(file, kind == 0 ? target : group, file, path, H5P_DEFAULT,
                           H5P_DEFAULT);
    }
}

/* ---- The configuration ---- */

static void
other_config(const hostile_base *base, hid_t file, fuzz_rng *rng)
{
    enum { MORE = 1 << 14 };
    size_t length = strlen(base->config), most = length + MORE;
    uint8_t *text = malloc(most + 1);
    if (!text)
        abort();
    memcpy(text, base->config, length);
    for (size_t times = 1 + fuzz_below(rng, 3); times > 0; times--)
        length = fuzz_mutate_json(text, length, most, rng);
    text[length] = '\0';
    if (fuzz_below(rng, 16) == 0) { /* deep */
        memset(text, fuzz_below(rng, 2) ? '[' : '{', most);
        length = most;
    }
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, length > 0 ? length : 1);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    remove_link(file, "/config");
    hid_t id =
        H5Dcreate2(file, "/config", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (id >= 0 && length > 0)
        H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text);
    H5Dclose(id);
    H5Sclose(space);
    H5Tclose(type);
    free(text);
}

void
hostile_change(const hostile_base *base, hid_t file, fuzz_rng *rng)
{
    static void (*const changes[])(const hostile_base *, hid_t, fuzz_rng *) = {
        other_dataset, other_shape,     other_shape,  other_value,  other_value,
        other_value,   other_attribute, other_number, other_words,  other_link,
        other_name,    many_links,      other_config, other_config, other_config};
    changes[fuzz_below(rng, sizeof changes / sizeof *changes)](base, file, rng);
}
