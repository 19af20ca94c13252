"""Ask in English or Chinese, get the PromQL that answers it on your own Prometheus."""

__version__ = "0.1.0"
