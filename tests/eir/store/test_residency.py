import mmap
from pathlib import Path

from eir.store.residency import release

OCTETS = 1 << 24


def resident(name: str) -> int:
    """How many octets of a mapped file count as this process's memory."""
    lines = Path("/proc/self/smaps").read_text().splitlines()
    at = next(place for place, line in enumerate(lines) if line.endswith(name))
    return 1024 * next(int(line.split()[1]) for line in lines[at:] if line.startswith("Rss:"))


def test_what_was_read_of_a_mapped_file_is_given_back_and_can_be_read_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mapped"
    path.write_bytes(b"x" * OCTETS)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ) as m:
        assert m[:] == b"x" * OCTETS
        assert resident(str(path)) == OCTETS

        release(path)

        assert resident(str(path)) == 0
        assert m[OCTETS // 2] == ord("x")


def test_a_file_that_is_not_mapped_is_nothing_to_give_back(tmp_path: Path) -> None:
    release(tmp_path / "nothing")
