"""Who makes things: one protocol per role, and the engines that fill them."""
