"""The window 'Map a region'."""
