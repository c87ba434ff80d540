"""What sort of sender wrote a message, and who must never get an answer."""
