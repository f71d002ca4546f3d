"""How the embedded data pack is made from publishers' files, layer by layer."""
