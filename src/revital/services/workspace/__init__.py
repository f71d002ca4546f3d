"""The user's own folder: fetched files, layers made from them, imports and new territories."""
