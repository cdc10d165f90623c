"""Questions the desk asks over a screen."""
