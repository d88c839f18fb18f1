"""`modelsmith serve` as a process, over releases in a folder and engines without a model.

Usage: serve_process.py FOLDER PACE_S
"""

import sys
from pathlib import Path

from modelsmith.wiring.serving import ServerSettings, channel_follower, serve
from tests.support.releases import FolderReleases
from tests.support.serving_engines import ScriptedServingEngines


def main() -> None:
    folder, pace_s = Path(sys.argv[1]), float(sys.argv[2])
    settings = ServerSettings(channel="sandbox", port=0, every_s=0.05, drain_s=20, as_json=True)
    serving_engines = ScriptedServingEngines(pace_s=pace_s)
    serve(channel_follower(folder, settings, FolderReleases(folder), serving_engines), settings)


if __name__ == "__main__":
    main()
