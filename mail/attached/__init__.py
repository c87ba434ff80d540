"""What attachments are, and the text inside them."""
