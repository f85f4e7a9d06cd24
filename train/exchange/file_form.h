/* Which form a file of another program has, by its first bytes. */
#ifndef GSC_FILE_FORM_H
#define GSC_FILE_FORM_H

#include <stddef.h>

typedef enum gsc_file_form {
    GSC_FORM_NPY,
    GSC_FORM_NPY_OBJECTS,
    GSC_FORM_SAFETENSORS,
    GSC_FORM_JSON,
    GSC_FORM_PICKLE,
    GSC_FORM_TORCH_LEGACY,
    GSC_FORM_HDF5,
    GSC_FORM_ZIP
} gsc_file_form;

/* GSC_EFORMAT where it is none of these: what it is instead, where that is plain, and
 * what to do. */
int gsc_file_form_find(const unsigned char *first, size_t length, gsc_file_form *form);

#endif
