"""The types of arguments and answers, to be named in annotations: `from infrai.types import Bucket`."""

from ._generated import types as _generated
from ._generated.types import *  # noqa: F403
from ._runtime.transfers import Transferred

__all__ = ["Transferred"]
__all__ += _generated.__all__
