"""The measurements measure: a small shop, the real server, a load of a few seconds."""
