"""Where frames are computed: one file per way of spreading them."""
