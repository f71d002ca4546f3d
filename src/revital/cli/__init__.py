"""The `revital` command line: the same services as the pages."""
