"""What a screen shows at one moment, as immutable structs, and the lines they become; never painted here."""
