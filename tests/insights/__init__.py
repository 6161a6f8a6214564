"""Questions held against a plain reading of what they mean."""
