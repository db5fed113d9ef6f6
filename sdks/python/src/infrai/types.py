"""The types of arguments and answers, to be named in annotations: `from infrai.types import Bucket`."""

from ._generated.types import *  # noqa: F403
from ._runtime.transfers import Transferred as Transferred
