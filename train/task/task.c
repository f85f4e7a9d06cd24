/* The built-in tasks. */
#include "grokscope/task.h"

#include "train/task/binary_operation.h"
#include "train/task/characters.h"
#include "train/task/digits.h"
#include "train/task/images.h"
#include "train/task/lists.h"
#include "train/task/molecules.h"
#include "train/task/multitask_parity.h"
#include "train/task/parity.h"
#include "train/task/permutation.h"
#include "train/task/repeats.h"
#include "train/task/reviews.h"
#include "train/task/single_index.h"
#include "train/task/skip_trigram.h"
#include "train/task/symbol_sum.h"
#include "train/task/teacher_student.h"
#include "train/task/three_ingredients.h"
#include "train/task/two_hop.h"

const gsc_task *const gsc_builtin_tasks[] = {&gsc_task_binary_operation,
                                             &gsc_task_characters,
                                             &gsc_task_digits,
                                             &gsc_task_images,
                                             &gsc_task_lists,
                                             &gsc_task_molecules,
                                             &gsc_task_multitask_parity,
                                             &gsc_task_parity,
                                             &gsc_task_permutation,
                                             &gsc_task_repeats,
                                             &gsc_task_reviews,
                                             &gsc_task_single_index,
                                             &gsc_task_skip_trigram,
                                             &gsc_task_symbol_sum,
                                             &gsc_task_teacher_student,
                                             &gsc_task_three_ingredients,
                                             &gsc_task_two_hop,
                                             NULL};
