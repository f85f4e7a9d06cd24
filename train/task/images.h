/* Classification of images from IDX files. */
#ifndef GSC_TASK_IMAGES_H
#define GSC_TASK_IMAGES_H

#include "grokscope/task.h"

/* The facet "image": height, width and channels (int64). */
#define GSC_IMAGE "image"

typedef struct gsc_images {
    int64_t images;                   /* mnist, fashion_mnist */
    char data[GSC_OPTION_TEXT_BYTES]; /* the folder, or "" for where they usually lie */
    int64_t part;                     /* which of the two files */
    int64_t train_samples, test_samples;
    double label_noise; /* share of the training images with a wrong label */
    int64_t data_seed, loss;
} gsc_images;

extern const gsc_task gsc_task_images;

#endif
