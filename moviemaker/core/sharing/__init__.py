"""Arrays that the processes of a render share."""
