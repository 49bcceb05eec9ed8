"""When a probe is sent: the planner, backoff, the budget and the timer queue."""
