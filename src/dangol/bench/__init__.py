"""The entrance that measures: a made-up shop, the real server, a load on the same machine; ``python -m dangol.bench``."""
