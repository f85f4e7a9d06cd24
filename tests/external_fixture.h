/* Files of other programs, made byte by byte. */
#ifndef GSC_TEST_EXTERNAL_FIXTURE_H
#define GSC_TEST_EXTERNAL_FIXTURE_H

#include "folder_fixture.h"
#include "train/base/file.h"
#include "train/exchange/external.h"
#include "train/exchange/zip.h"

/* A pickle from the text between the opcodes PROTO 2 and STOP. */
#define PICKLE(text) "\x80\x02" text "."

/* {"w": tensor of two rows of three, "n": [1, -1, 0.5], "t": ("x",)}; the tensor is a
 * transposed view from element 1 on of a storage of 7. */
static const char sample_pickle[] =
    PICKLE("}q\x00(X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n"
           "((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
           "X\x01\x00\x00\x00"
           "0X\x03\x00\x00\x00"
           "cpuK\x07tQK\x01K\x02K\x03\x86K\x01K\x02\x86\x89"
           "ccollections\nOrderedDict\n)RtRq\x01"
           "X\x01\x00\x00\x00n](K\x01J\xff\xff\xff\xffG\x3f\xe0\0\0\0\0\0\0e"
           "X\x01\x00\x00\x00tX\x01\x00\x00\x00x\x85u");

static const float sample_storage[7] = {0, 1, 2, 3, 4, 5, 6};

static inline void
write_archive(const void *pickle, size_t length, const void *storage, size_t bytes)
{
    void *image;
    size_t image_length;
    const gsc_zip_member members[] = {{"a/data.pkl", pickle, length},
                                      {"a/data/0", storage, bytes}};
    assert_return_ok(gsc_zip_image(members, 2, &image, &image_length));
    assert_return_ok(gsc_file_write(path, image, image_length));
    free(image);
}

static inline int
open_file(gsc_external **file)
{
    return gsc_external_open(file, path);
}

/* Read everything in it, as a program would. */
static inline int
read_value(void *context, const char *at, const gsc_value *value)
{
    gsc_tensor tensor;
    (void)at;
    if (value->kind == GSC_VALUE_ARRAY &&
        gsc_external_tensor(context, value->array, &tensor) == 0)
        free(tensor.data);
    return 0;
}

static inline int
read_everything(void)
{
    gsc_external *file;
    int status = open_file(&file);
    if (status == 0)
        status = gsc_value_walk(gsc_external_root(file), read_value, file);
    gsc_external_close(file);
    return status;
}

#endif
