import os
from datetime import UTC

import pytest

from modelsmith.disk.clock import SystemClock
from modelsmith.models.transformers.hardware import hardware_at, has_bf16


def cpuinfo(tmp_path, text):
    file = tmp_path / "cpuinfo"
    file.write_text(text)
    return file


def test_the_clock_tells_utc_and_never_goes_back():
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    reads = [clock.elapsed_s() for _ in range(100)]
    assert reads == sorted(reads)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 amx_tile", True),
        ("flags\t\t: fpu amx_bf16", True),
        ("Features\t: fp asimd i8mm bf16", True),
        ("flags\t\t: fpu avx2 avx512f", False),
        ("model name\t: The avx512_bf16 Machine", False),
        ("", False),
    ],
)
def test_bf16_is_read_from_the_processors_flags(tmp_path, line, expected):
    text = f"processor\t: 0\nmodel name\t: Some CPU\n{line}\n"
    assert has_bf16(cpuinfo(tmp_path, text)) is expected


def test_a_machine_without_cpuinfo_has_no_bf16_and_a_name(tmp_path):
    assert has_bf16(tmp_path / "none") is False
    assert hardware_at(tmp_path, cpuinfo=tmp_path / "none").processor == os.uname().machine


def test_the_processors_name_is_read(tmp_path):
    file = cpuinfo(tmp_path, "model name\t: Some CPU @ 2 GHz: fast\nflags\t: fpu\n")
    assert hardware_at(tmp_path, cpuinfo=file).processor == "Some CPU @ 2 GHz: fast"


def test_this_machines_facts_hang_together(tmp_path):
    found = hardware_at(tmp_path / "not" / "made" / "yet")
    assert 1 <= found.cores <= (os.cpu_count() or 1)
    assert 0 < found.memory_available_bytes <= found.memory_bytes
    assert found.disk_free_bytes > 0
