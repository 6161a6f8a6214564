"""Who is who, and undo: identifiers → customers, from an append-only log of evidence.

The answer is a pure function of the log, the blocked values and the policy; `docs/identity.md` says which.
"""

from dangol.identity.components import components
from dangol.identity.explain import explain
from dangol.identity.forget import Forgotten, forget
from dangol.identity.hand import block, merge, unblock, unmerge
from dangol.identity.lookup import biggest, conflicts, follow, identifiers_of
from dangol.identity.policy import Policy
from dangol.identity.policy_body import differences, policy_body, read_policy
from dangol.identity.rebuild import rebuild
from dangol.identity.rehome import rehome
from dangol.identity.resolve import resolve
from dangol.identity.trial import Change, Pair, Trial, try_out
from dangol.identity.values import Evidence, Resolution, Step
from dangol.identity.withdraw import Withdrawn, withdraw

__all__ = [
    "Change",
    "Evidence",
    "Forgotten",
    "Pair",
    "Policy",
    "Resolution",
    "Step",
    "Trial",
    "Withdrawn",
    "biggest",
    "block",
    "components",
    "conflicts",
    "differences",
    "explain",
    "follow",
    "forget",
    "identifiers_of",
    "merge",
    "policy_body",
    "read_policy",
    "rebuild",
    "rehome",
    "resolve",
    "try_out",
    "unblock",
    "unmerge",
    "withdraw",
]
