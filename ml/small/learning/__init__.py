"""What people decide becomes a better model: what to ask them, what they said, which of two models is better."""
