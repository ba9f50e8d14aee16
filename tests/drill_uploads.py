"""The long drill of the gate for registers, run by scripts/drill. It prints its figures."""

import time

import pytest

from tests.flips import read_flips
from tests.test_uploads import FILES

FLIPS = 20_000


def test_20000_broken_files_are_refused_or_read_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for data, name in zip(FILES, ("GeoJSON", "GeoPackage", "Shapefile", "CSV"), strict=True):
        started = time.monotonic()
        ends = read_flips(data, seed=2, count=FLIPS // len(FILES))
        told = ", ".join(f"{end}: {count}" for end, count in sorted(ends.items()))
        with capsys.disabled():
            print(f"\nuploads: {name}, {told}, in {time.monotonic() - started:.0f} s")  # noqa: T201  a drill tells its figures
        assert ends.total() == FLIPS // len(FILES)
