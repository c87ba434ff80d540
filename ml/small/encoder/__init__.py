"""Sentence encoders: found or fetched, made ready to run, run, and tuned on one's own mail."""
