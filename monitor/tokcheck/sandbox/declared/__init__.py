"""The APIs that declarations describe: requests, refusals, rate-limit fields and OAuth."""
