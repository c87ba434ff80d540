"""Whether a message comes from whom it says."""
