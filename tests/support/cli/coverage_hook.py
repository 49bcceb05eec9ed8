"""How coverage measures the processes that a test starts."""

# The variable by which they find its settings.
COVERAGE_HOOK = "COVERAGE_PROCESS_CONFIG"
