"""From text and HTML to what a person newly wrote."""
