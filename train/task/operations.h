/* What the files of the task layer share. */
#ifndef GROKSCOPE_TASK_OPERATIONS_H
#define GROKSCOPE_TASK_OPERATIONS_H

#include "grokscope/task.h"

/* The names of gsc_operations' rows, NULL behind the last. */
extern const char *const gsc_operation_names[];

/* inverse[x] = 1/x modulo a prime p, for 0 < x < p; inverse[0] = 0. Room for p. */
void gsc_modular_inverses(int64_t p, int64_t *inverse);

/* Whether p is prime, by trial division. */
bool gsc_is_prime(int64_t p);

/* Write the order in which examples are taken for training: a permutation of
 * 0 … n-1, read from config->split_file or else shuffled by config->data_seed. */
int gsc_split_order(const gsc_task_config *config, size_t n, uint32_t *order);

#endif
