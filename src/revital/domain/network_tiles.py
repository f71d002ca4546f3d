"""
Squares over the nodes of a network, so that the streets round a place are found without a search.

Nodes are kept in the order of their squares, with the graph in the same order: the piece of the
network under some squares is a few slices, whatever the size of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

IntArray = NDArray[np.intp]
FloatArray = NDArray[np.float64]

# Small enough to follow a window closely, large enough to hold some crossings.
_SIDE_M = 200.0
_MOST_SQUARES = 1_000_000


@dataclass(frozen=True, eq=False)
class Tiles:
    """
    Nodes of a network by square.

    Attributes
    ----------
    low : ndarray, shape (2,)
        Corner of the first square, metres.
    side_m : float
    shape : (int, int)
        Columns and rows of squares; the square (x, y) is number `x * shape[1] + y`.
    start : ndarray of int, shape (n_squares + 1,)
        First place of each square in the new order.
    rank : ndarray of int, shape (n_nodes,)
        Place of each node in the new order.
    graph : csr_matrix
        The network in the new order.
    """

    low: FloatArray
    side_m: float
    shape: tuple[int, int]
    start: IntArray
    rank: IntArray
    graph: csr_matrix

    def window(self, low_m: FloatArray, high_m: FloatArray) -> IntArray:
        """Return first and last column and row of squares under some boxes, shape (n, 4)."""
        most = np.array(self.shape) - 1
        first = np.clip(np.floor((low_m - self.low) / self.side_m).astype(np.intp), 0, most)
        last = np.clip(np.floor((high_m - self.low) / self.side_m).astype(np.intp), 0, most)
        return np.column_stack([first[:, 0], last[:, 0], first[:, 1], last[:, 1]])

    def nodes_in(self, window: IntArray) -> IntArray:
        """Return how many nodes each window holds."""
        sums = self._sums
        left, right, bottom, top = window.T
        return np.asarray(
            sums[right + 1, top + 1]
            - sums[left, top + 1]
            - sums[right + 1, bottom]
            + sums[left, bottom]
        )

    @cached_property
    def _sums(self) -> IntArray:
        count = np.diff(self.start).reshape(self.shape)
        sums = np.zeros((self.shape[0] + 1, self.shape[1] + 1), dtype=np.intp)
        sums[1:, 1:] = count.cumsum(axis=0).cumsum(axis=1)
        return sums

    def squares(self, windows: IntArray) -> IntArray:
        """Return the numbers of the squares under any of the windows, in order."""
        taken = np.zeros(self.shape, dtype=bool)
        for left, right, bottom, top in windows:
            taken[left : right + 1, bottom : top + 1] = True
        return np.flatnonzero(taken)


def make_tiles(graph: csr_matrix, node_xy: FloatArray) -> Tiles:
    """
    Put the nodes of a network in squares.

    Parameters
    ----------
    graph : csr_matrix, shape (n_nodes, n_nodes)
    node_xy : ndarray, shape (n_nodes, 2)
        Metres; no missing value.
    """
    low, high = node_xy.min(axis=0), node_xy.max(axis=0)
    extent = high - low
    side = max(_SIDE_M, float(np.sqrt(max(extent.prod(), 1.0) / _MOST_SQUARES)))
    # A network along one line has no area, only a length.
    side = max(side, float(extent.max()) / _MOST_SQUARES)
    place = np.floor((node_xy - low) / side).astype(np.intp)
    shape = (int(place[:, 0].max()) + 1, int(place[:, 1].max()) + 1)
    square = place[:, 0] * shape[1] + place[:, 1]
    order = np.argsort(square, kind="stable")
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    start = np.searchsorted(square[order], np.arange(shape[0] * shape[1] + 1))
    return Tiles(low, side, shape, start, rank, graph[order][:, order].tocsr())


def ranges(start: IntArray, stop: IntArray) -> IntArray:
    """
    Return whole numbers from each start to before each stop, one after the other.

    Examples
    --------
    >>> ranges(np.array([3, 8]), np.array([5, 9])).tolist()
    [3, 4, 8]
    """
    count = stop - start
    before = np.cumsum(count, dtype=count.dtype) - count
    numbers = np.repeat(start - before, count)
    numbers += np.arange(len(numbers), dtype=numbers.dtype)
    return numbers
