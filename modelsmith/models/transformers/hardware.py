"""What this machine has."""

import os
import platform
import shutil
from pathlib import Path

from modelsmith.models.memory_plan import Gpu, Hardware

BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""Flags in /proc/cpuinfo of processors with bf16 arithmetic (the last is Arm's); others emulate."""


def hardware_at(folder: Path, *, cpuinfo: Path = Path("/proc/cpuinfo")) -> Hardware:
    """Return what this machine has, with the disk that `folder` lies on.

    GPUs are asked of torch only where the driver's device file exists, so that a machine without
    one never loads torch for this.
    """
    total, available = _memory_bytes(Path("/proc/meminfo"))
    names = (words for name, words in _cpu_lines(cpuinfo) if name == "model name")
    absolute = folder.absolute()
    existing = next(path for path in (absolute, *absolute.parents) if path.exists())
    return Hardware(
        cores=len(os.sched_getaffinity(0)),
        processor=next(names, platform.machine()),
        bf16=has_bf16(cpuinfo),
        memory_bytes=total,
        memory_available_bytes=available,
        disk_free_bytes=shutil.disk_usage(existing).free,
        gpus=_gpus() if Path("/dev/nvidiactl").exists() else (),
    )


def has_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether the processor computes in bf16 itself."""
    return any(
        BF16_FLAGS & set(words.split())
        for name, words in _cpu_lines(cpuinfo)
        if name in {"flags", "Features"}
    )


def _cpu_lines(cpuinfo: Path) -> list[tuple[str, str]]:
    try:
        text = cpuinfo.read_text(encoding="utf-8")
    except OSError:
        return []
    pairs = (line.partition(":") for line in text.splitlines())
    return [(name.strip(), words.strip()) for name, _, words in pairs]


def _memory_bytes(meminfo: Path) -> tuple[int, int]:
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    try:
        lines = dict(
            line.split(":", 1) for line in meminfo.read_text(encoding="utf-8").splitlines()
        )
        available = int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        available = os.sysconf("SC_AVPHYS_PAGES") * page
    return pages * page, available


def _gpus() -> tuple[Gpu, ...]:
    import torch

    found = (torch.cuda.get_device_properties(n) for n in range(torch.cuda.device_count()))
    return tuple(Gpu(name=gpu.name, memory_bytes=gpu.total_memory) for gpu in found)
