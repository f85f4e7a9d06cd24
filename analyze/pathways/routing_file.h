/* Routings of other programs' models, from a file. */
#ifndef GSC_PATHWAYS_ROUTING_FILE_H
#define GSC_PATHWAYS_ROUTING_FILE_H

#include "analyze/method/task/routing.h"

typedef struct gsc_routing_file {
    size_t checkpoints;
    gsc_routing shape;  /* of one of them, without its numbers */
    uint16_t *ids;      /* [checkpoints, samples, layers, chosen] */
    float *gates;       /* likewise, or NULL */
    double *embeddings; /* [layers, experts, width], or NULL */
} gsc_routing_file;

/* Read the array of a file (external.h), alone or called `routing`, and its gates: from
 * a second file, or the array `gates` beside it, where there is one; and what experts
 * are embedded as, from the array `embeddings` [layers, experts, width] beside it.
 * experts: of a layer, 0: one more than the largest number. GSC_EFORMAT for arrays of
 * another rank or shape, for numbers that are no experts, and for gates below 0.
 * gsc_routing_file_free releases it, also after a failure. */
int gsc_routing_file_read(gsc_routing_file *file, const char *path,
                          const char *gates_path, size_t experts);
void gsc_routing_file_free(gsc_routing_file *file);

/* Checkpoint number `index` of it, whose numbers stay the file's. */
gsc_routing gsc_routing_file_at(const gsc_routing_file *file, size_t index);

#endif
