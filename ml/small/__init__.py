"""The sorting wing: a linear model over hashed n-grams, an encoder behind it, thresholds, rules, signals."""

import os

# read once, when onnxruntime starts: without it, it keeps an identifier of this machine and reports to its makers
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
