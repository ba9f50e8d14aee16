"""Where to go and look: a few spots among many squares, where most are asked about. Pure."""

import numpy as np
from scipy.spatial import cKDTree

from geoapp.coverage.gaps.worlds import Floats

# Who lives within so far of a stop is counted with it; two stops are never nearer than APART_M.
AROUND_M, APART_M = 150.0, 300.0


def choose_stops(xy: Floats, amounts: Floats, *, most: int) -> list[int]:
    """At most `most` of the squares (n, 2), as indices: first the one with most round it, then of
    those far enough from it, and so on. Of equals the first is taken."""
    if not len(xy):
        return []
    tree = cKDTree(xy)
    near = tree.sparse_distance_matrix(tree, AROUND_M, output_type="coo_matrix")
    around = np.bincount(near.row, weights=amounts[near.col], minlength=len(xy))
    is_free = np.ones(len(xy), dtype=bool)
    chosen: list[int] = []
    while len(chosen) < most and is_free.any():
        best = int(np.argmax(np.where(is_free, around, -np.inf)))
        chosen.append(best)
        is_free &= np.hypot(*(xy - xy[best]).T) >= APART_M
    return chosen
