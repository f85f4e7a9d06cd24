"""Grokking in PyTorch, written for nobody but itself: an nn.TransformerEncoder learns to
add modulo a prime. `python3 train_encoder.py` made encoder.pt, which lies beside it."""
import argparse

import torch
from torch import nn
from torch.nn import functional as F


class Encoder(nn.Module):
    def __init__(self, prime, dim=32, nhead=4):
        super().__init__()
        self.embedding = nn.Embedding(prime + 1, dim)      # the last one is "="
        self.pos_embedding = nn.Parameter(torch.randn(1, 3, dim) / dim ** 0.5)
        layer = nn.TransformerEncoderLayer(dim, nhead, 2 * dim, dropout=0,
                                           batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=1)
        self.fc = nn.Linear(dim, prime)

    def forward(self, tokens):
        x = self.encoder(self.embedding(tokens) + self.pos_embedding)
        return self.fc(x[:, -1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prime", type=int, default=31)
    parser.add_argument("--operation", default="x + y (mod p)")
    parser.add_argument("--dim", type=int, default=32)
    parser.add_argument("--nhead", type=int, default=4)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--wd", type=float, default=1.0)
    parser.add_argument("--train-frac", type=float, default=0.6)
    parser.add_argument("--n-steps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    p = args.prime
    pairs = torch.cartesian_prod(torch.arange(p), torch.arange(p), torch.tensor([p]))
    answers = (pairs[:, 0] + pairs[:, 1]) % p
    order = torch.randperm(len(pairs))
    train, test = order[:int(args.train_frac * len(pairs))], order[
        int(args.train_frac * len(pairs)):]

    model = Encoder(p, args.dim, args.nhead)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=args.wd,
                                  betas=(0.9, 0.98))
    keep = [args.n_steps * i // 5 for i in range(6)]
    checkpoints, log = {}, {"steps": [], "train_loss": [], "test_loss": [], "test_acc": []}
    for step in range(args.n_steps + 1):
        if step % (args.n_steps // 100) == 0:
            with torch.no_grad():
                logits = model(pairs)
            log["steps"].append(step)
            log["train_loss"].append(F.cross_entropy(logits[train], answers[train]).item())
            log["test_loss"].append(F.cross_entropy(logits[test], answers[test]).item())
            right = (logits[test].argmax(1) == answers[test]).float().mean().item()
            log["test_acc"].append(right)
            print(step, *(f"{log[k][-1]:.4g}" for k in log if k != "steps"), flush=True)
        if step in keep:
            checkpoints[step] = {k: v.clone() for k, v in model.state_dict().items()}
        loss = F.cross_entropy(model(pairs[train]), answers[train])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.save({"checkpoints": checkpoints, "args": args, "history": log,
                "train_indices": train, "torch": torch.__version__}, "encoder.pt")


if __name__ == "__main__":
    main()
