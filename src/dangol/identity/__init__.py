"""Who is who, and undo: identifiers → customers, from an append-only log of evidence.

The answer is a pure function of the log, the blocked values and the policy; `docs/identity.md` says which.
"""

from dangol.identity.components import components
from dangol.identity.policy import Policy
from dangol.identity.resolve import resolve
from dangol.identity.values import Evidence, Resolution, Step

__all__ = ["Evidence", "Policy", "Resolution", "Step", "components", "resolve"]
