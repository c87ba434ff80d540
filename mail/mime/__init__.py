"""From raw bytes to parts, headers and text, whatever is broken in them."""
