"""Put the weights of a network that Zhong et al. published into a checkpoint of ours.

usage: place_published.py CLOCK_AND_PIZZA_FOLDER RUN CHECKPOINT

The checkpoint is of a network of the same kind, such as `grokscope-train pizza-model-a
--steps 0` writes. Exits 77 where PyTorch or h5py is missing.
"""

import json
import os
import sys

try:
    import h5py
    import torch

    import published
except ImportError as missing:
    print(missing)
    sys.exit(77)


def main(folder, run, checkpoint):
    with open(os.path.join(folder, f"config_{run}.json")) as file:
        config = json.load(file)
    saved = torch.load(os.path.join(folder, f"model_{run}.pt"), map_location="cpu")
    read = published.linear if "model_type" in config else published.transformer
    weights, _ = read(saved, config)
    with h5py.File(checkpoint, "r+") as file:
        for name, param in file["params"].items():
            if param.shape != tuple(weights[name].shape):
                raise ValueError(f"{name} is {tuple(weights[name].shape)}")
            param[...] = weights[name].detach().numpy()


if __name__ == "__main__":
    main(*sys.argv[1:])
