"""The training report: every figure of a model that was measured on mail it had not seen."""
