"""The steps the flows are made of: one verb a file, a plain function over a batch and a thin Prefect task."""
