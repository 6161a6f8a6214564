"""Bootstrap: opens stores, engines and the vault once, and says in which order things are done."""

from dangol.app.api import Workspace
from dangol.app.demo import Demo
from dangol.app.profile import Profile, customer_number
from dangol.app.report import FileReport, ImportReport
from dangol.app.settings import Settings

__all__ = ["Demo", "FileReport", "ImportReport", "Profile", "Settings", "Workspace", "customer_number"]
