"""Two wings: `small` sorts mail, `large` writes replies. Large may use small, never the reverse."""
