"""Pictures and movies on surfaces."""
