"""Imports every module of the packages below a folder, the one argument."""

import importlib
import pkgutil
import sys

sys.path.insert(0, sys.argv[1])
for package in pkgutil.iter_modules([sys.argv[1]]):
    module = importlib.import_module(package.name)
    for inner in pkgutil.walk_packages(getattr(module, "__path__", []), package.name + "."):
        importlib.import_module(inner.name)
