/* Whole modules of PyTorch (torch.save(model)), as their state dictionaries. */
#ifndef GSC_TORCH_MODULE_H
#define GSC_TORCH_MODULE_H

#include "train/exchange/arena.h"
#include "train/exchange/value.h"

/* Make each nn.Module in a value, an object with _parameters, _buffers and _modules,
 * the dictionary of its tensors that its state_dict() would be: "layers.0.weight".
 * Modules of TorchScript, objects that hold their tensors as fields, too. GSC_EFORMAT
 * where modules hold each other, or too many of each other. */
int gsc_torch_modules_flatten(gsc_arena *arena, gsc_value *root);

#endif
