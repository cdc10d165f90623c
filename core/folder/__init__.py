"""The reel on disk: layout, the one write protocol, receipts, journals, lock, snapshot, verify, import."""
