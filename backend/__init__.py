"""The engine: Sentinel-2 time series in, crop type and boundary maps out.

Importing this package loads nothing but the standard library; numpy, rasterio and ONNX Runtime come with the
modules that need them.
"""

__version__ = "0.1.0"
