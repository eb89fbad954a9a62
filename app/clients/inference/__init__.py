"""Where models are asked: one module a kind of provider."""
