"""The sorting wing: a linear model over hashed n-grams, its calibration, thresholds, rules and signals."""
