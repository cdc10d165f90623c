"""The paint room of the animatic engine: scenes drawn as planes in depth, and the compositor that films them."""
