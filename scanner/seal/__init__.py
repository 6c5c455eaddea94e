"""Bundles as files: keys, the manifest, and the zip that holds what the manifest names."""
