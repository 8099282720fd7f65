"""Reading what strangers send in a process of its own, which is bounded, may be killed, and gives its memory back."""
