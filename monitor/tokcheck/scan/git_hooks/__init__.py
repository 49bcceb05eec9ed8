"""Git's own hooks that run the scan: written, removed, or left to the program that manages them."""
