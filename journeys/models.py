"""Re-exports the models of the folders: the place where Django registers them."""
