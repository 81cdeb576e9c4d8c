"""What readers share: what a file holds, conventions, elements, compressed files and stores."""
