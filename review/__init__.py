"""The room where people decide: a web page for every question that Mailstage asks. It writes through `decide` alone."""
