"""Mail servers as readers see them: fetching, watching, labelling."""
