"""The only room that speaks to VTK: hangs props up and photographs them."""
