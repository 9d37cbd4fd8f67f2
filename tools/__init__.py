"""What `./dev` is made of. Only the standard library: it runs before any set-up."""
