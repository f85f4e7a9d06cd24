"""A table says what is kept: the columns that are kept, in as many rows.

usage: version_1_0.py KEPT TABLE TOLERANCE
Numbers agree to the relative tolerance, those below a millionth to that of a millionth;
other cells are equal. A table may have more columns than are kept.
"""
import csv
import math
import sys


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def agree(kept, cell, tolerance):
    if kept == cell:
        return True
    try:
        a, b = float(kept), float(cell)
    except (TypeError, ValueError):
        return False
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-6 * tolerance)


def main(kept_path, path, tolerance):
    kept, table = rows(kept_path), rows(path)
    wrong = []
    if len(kept) != len(table):
        wrong.append(f"{len(table)} rows, {len(kept)} are kept")
    for number, (before, now) in enumerate(zip(kept, table), 1):
        wrong += [f"row {number}: {column} is {now.get(column)}, {cell} is kept"
                  for column, cell in before.items()
                  if not agree(cell, now.get(column), tolerance)]
    for text in wrong[:20]:
        print(f"{kept_path}: {text}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
