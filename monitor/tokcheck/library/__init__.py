"""The Python package: the public names of ``import tokcheck``. Nothing here prints or exits."""
