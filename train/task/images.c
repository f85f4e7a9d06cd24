/* Images and their classes, from IDX files as MNIST and Fashion-MNIST come: the first
 * ones train, the next ones test. Bytes become numbers from 0 to 1. The files are named
 * in checkpoints, and not copied. */
#include "train/task/images.h"

#include "grokscope/error.h"
#include "grokscope/rng.h"

#include "train/data/source.h"
#include "train/data/split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, NUM_CLASSES = 10 };

static const char *const images_names[] = {"mnist", "fashion_mnist", NULL};
static const char *const part_names[] = {"test", "train", NULL};
static const char *const loss_names[] = {"mse", "cross_entropy", "stablemax", NULL};
static const char *const losses[] = {"one_hot_error", "cross_entropy", "stablemax"};

static const gsc_option rows[] = {
    GSC_ROW_CHOICE(gsc_images, images, "mnist", images_names, "Set of images."),
    GSC_ROW_TEXT(
        gsc_images, data, "", "DIR",
        "Folder of the IDX files; else $GROKSCOPE_DATA/mnist or …/fashion-mnist, "
        "else where Debian's packages put them."),
    GSC_ROW_CHOICE(gsc_images, part, "test", part_names,
                   "Part of the set: test, 10,000 images in t10k-images…, or train, "
                   "60,000 images in train-images…."),
    GSC_ROW_INTEGER(gsc_images, train_samples, "1000", 1, 1e6,
                    "Images to train on, the first ones."),
    GSC_ROW_INTEGER(gsc_images, test_samples, "0", 0, 1e6,
                    "Images to test on, the next ones; 0: all others."),
    GSC_ROW_REAL(gsc_images, label_noise, "0", 0, 1,
                 "Share of the training images that get another label, drawn evenly."),
    GSC_ROW_INTEGER(gsc_images, data_seed, "0", 0, 0x1p53, "Seed of these labels."),
    GSC_ROW_CHOICE(
        gsc_images, loss, "mse", loss_names,
        "Loss that is minimised; mse: squared error against the one-hot label; "
        "stablemax: cross entropy with StableMax in place of the softmax."),
};

/* ---- Where they lie ---- */

static const struct {
    const char *folder, *debian, *fetch;
} sets[] = {
    {"mnist", "",
     "fetch t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz of MNIST into a "
     "folder and name it by --data, or set GROKSCOPE_DATA to the folder that holds it "
     "as mnist/; the recipe fashion-mnist runs on Debian's dataset-fashion-mnist"},
    {"fashion-mnist", "/usr/share/datasets/fashion-mnist",
     "apt-get install dataset-fashion-mnist, or name a folder of IDX files by --data"},
};

/* The file of a folder, compressed or not; false where there is neither. */
static bool
find_in(const char *folder, const char *part, const char *what, char path[PATH_BYTES])
{
    static const char *const endings[] = {"", ".gz"};
    for (size_t i = 0; *folder && i < 2; i++) {
        snprintf(path, PATH_BYTES, "%s/%s-%s-ubyte%s", folder, part, what, endings[i]);
        if (access(path, R_OK) == 0)
            return true;
    }
    return false;
}

static int
find_file(const gsc_images *o, const char *what, char path[PATH_BYTES])
{
    const char *root = getenv("GROKSCOPE_DATA");
    const char *part = o->part == 0 ? "t10k" : "train";
    char ours[PATH_BYTES] = "";
    if (*o->data)
        return find_in(o->data, part, what, path)
                   ? 0
                   : gsc_fail(GSC_EFORMAT, "data: %s has no %s-%s-ubyte or …-ubyte.gz",
                              o->data, part, what);
    if (root && *root)
        snprintf(ours, sizeof ours, "%s/%s", root, sets[o->images].folder);
    if (find_in(ours, part, what, path) ||
        find_in(sets[o->images].debian, part, what, path))
        return 0;
    return gsc_fail(GSC_EARGUMENT, "data: no images of %s: %s", images_names[o->images],
                    sets[o->images].fetch);
}

/* ---- The task ---- */

/* All examples after the first ones, or some of them. */
static int
add_splits(gsc_dataset *dataset, const gsc_images *o)
{
    int status = 0;
    size_t train = (size_t)o->train_samples, test = (size_t)o->test_samples;
    if (train + test > dataset->num_examples)
        return gsc_fail(GSC_EARGUMENT,
                        "train_samples and test_samples: %zu and %zu, but there are "
                        "%zu images",
                        train, test, dataset->num_examples);
    GSC_TRY(gsc_dataset_add_first(dataset, "train", train));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
    if (test > 0)
        dataset->splits[1].count = test;
    if (dataset->splits[1].count == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "train_samples: %zu, which leaves no image to "
                        "test on",
                        train);
out:
    return status;
}

/* The first floor(label_noise n_train) training images get one of the nine labels that
 * are wrong, as in Nakkiran et al. (arXiv 1912.02292, section 4). The labels are then
 * the run's own, and lie in its checkpoints. */
static void
spoil_labels(gsc_dataset *dataset, const gsc_images *o)
{
    size_t at = (size_t)(gsc_dataset_field(dataset, "label") - dataset->fields);
    uint8_t *labels = dataset->owned[at];
    uint64_t stream = gsc_rng_stream("label_noise");
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    size_t count = gsc_split_part(o->label_noise, train->count);
    for (size_t i = 0; i < count; i++) {
        uint8_t *label = &labels[train->indices[i]];
        uint64_t by =
            1 + gsc_rng_below((uint64_t)o->data_seed, stream, i, NUM_CLASSES - 1);
        *label = (uint8_t)((*label + by) % NUM_CLASSES);
    }
    if (count > 0)
        dataset->sources[at] = (gsc_data_source){.path = ""};
}

static int
add_facet(const gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    gsc_facet *facet;
    size_t pixels = gsc_shape_count(dataset->fields[0].shape), height = 1;
    while ((height + 1) * (height + 1) <= pixels)
        height++;
    GSC_TRY(gsc_facets_add(facets, GSC_IMAGE, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "height", (int64_t)height));
    GSC_TRY(gsc_facet_add_integer(facet, "width", (int64_t)(pixels / height)));
    GSC_TRY(gsc_facet_add_integer(facet, "channels", 1));
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_images *o = values;
    char images[PATH_BYTES], labels[PATH_BYTES];
    GSC_TRY(find_file(o, "images-idx3", images));
    GSC_TRY(find_file(o, "labels-idx1", labels));
    GSC_TRY(gsc_source_add_idx(dataset, "image", images, 3, 0));
    GSC_TRY(gsc_source_add_idx(dataset, "label", labels, 1, NUM_CLASSES));
    gsc_dataset_field(dataset, "image")->scale = 1.0 / 255;
    GSC_TRY(add_splits(dataset, o));
    gsc_dataset_add_target(dataset, "answer", "label", losses[o->loss]);
    status = gsc_dataset_check(dataset);
    if (status < 0) {
        gsc_fail_in(status, labels);
        goto out;
    }
    spoil_labels(dataset, o);
    GSC_TRY(add_facet(dataset, facets));
out:
    return status;
}

const gsc_task gsc_task_images = {"images",
                                  "the class of an image, from IDX files",
                                  rows,
                                  sizeof rows / sizeof *rows,
                                  sizeof(gsc_images),
                                  make};
