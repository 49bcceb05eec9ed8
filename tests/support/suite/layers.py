"""The imports that the design allows: between the rooms, and between the layers inside of one."""

PURE = {"core", "paste"}
# Room: what of tokcheck it may import, and what from outside the standard library.
WALLS: dict[str, tuple[set[str], set[str]]] = {
    "core": (set(), set()),
    "paste": ({"core"}, set()),
    "providers": (PURE, {"http_sf"}),
    "transport": (
        {"core", "providers"},
        {"aiohappyeyeballs", "httpcore", "httpx"},
    ),
    "checks": (PURE | {"providers"}, set()),
    "storage": ({"core"}, {"platformdirs", "psycopg"}),
    "declarations": (PURE | {"providers", "storage"}, {"pydantic", "pydantic_core"}),
    "accounts": (
        PURE | {"accounts", "checks", "providers", "storage"},
        {"filelock", "h11", "keyring", "nacl", "oauthlib", "yaml"},
    ),
    "exporter": (
        PURE | {"accounts", "checks", "declarations", "providers", "storage", "transport"},
        {"bcrypt", "prometheus_client", "pydantic", "rich", "starlette", "uvicorn", "yaml"},
    ),
    "scan": (PURE | {"providers", "scan", "storage"}, {"ahocorasick_rs"}),
    "sandbox": ({"core"}, {"starlette", "uvicorn", "jwt"}),
    "cli": (
        PURE
        | {
            "accounts",
            "checks",
            "cli",
            "declarations",
            "exporter",
            "providers",
            "transport",
            "sandbox",
            "scan",
            "storage",
        },
        {"rich", "typer"},
    ),
    "library": (
        PURE
        | {
            "accounts",
            "checks",
            "declarations",
            "exporter",
            "providers",
            "scan",
            "storage",
            "transport",
        },
        {"anyio", "httpx"},
    ),
    "__init__": ({"accounts", "core", "library", "scan"}, set()),
    "__main__": ({"cli"}, set()),
}
# Inside a room or a folder of one: its modules and folders in layers; each may import those below
# it alone.
LAYERS: dict[str, tuple[str, ...]] = {
    "core": (
        "escape expiry lazy secret version", "credential errors",
        "documents flow humanize redact", "addresses report", "claims",
    ),
    "core/report": ("quotas", "probe_outcome", "report"),
    "core/redact": ("spellings", "pieces", "random_text", "message"),
    "storage": (
        "child_job data_folder errors modes regular_files shell_words", "windows_access",
        "atomic_write",
        "install_method output_target private_files", "sql_connection", "postgres sqlite",
    ),
    "storage/sqlite": (
        "private_database sqlite_pages", "sqlite_records write_ahead_log",
    ),
    "storage/postgres": (
        "database_errors postgres_session service_file tables",
        "database_address postgres_migrations server_clock", "session_setup", "postgres_connection",
    ),
    "storage/postgres/tables": ("lease_tables ledger_tables store_tables", "all_parts"),
    "paste": (
        "flaws invisible notations variable", "grammar", "encoding placeholders wrapping",
        "torn_prefix", "jwt opaque_tokens", "opaque_credentials", "context", "finder",
    ),
    "paste/context": (
        "basic_pairs encoded_text glued_behind line_breaks newest owners substitutes",
        "value_ends", "declared_tokens", "services",
        "labelled_tokens service_parts stubs torn_literals",
    ),
    "paste/context/owners": (
        "hosts label_words shared_prefixes", "known_names text_scopes", "evidence", "signed_owners",
    ),
    "paste/encoding": ("characters compression", "deflated", "base64_text"),
    "paste/finder": (
        "matches paste_content restored_texts split_literals strip_notes unknown_word",
        "service_matches signed_matches text_reading",
        "sent_headers", "labelled_matches other_meaning other_readings",
    ),
    "paste/notations": ("entities signs", "label_gap neighbours program_signs"),
    "paste/placeholders": ("masks program_code", "forms", "search"),
    "paste/wrapping": (
        "token_lines word_shapes other_text", "openings",
        "foreign_character signature_end line_ends", "next_piece",
        "text_behind joined_code joined_names logged_rest", "remainder",
        "continuation",
    ),
    "paste/wrapping/openings": (
        "enclosures glued_prompt grep_output repeated_marks shell_prompts", "line_openings",
    ),
    "providers": (
        "api_errors known_services", "base", "response_clock", "rate_limits", "api_responses",
        "declared fitbit google_health observed", "ready_made_providers",
    ),
    "providers/base": (
        "messages", "provider_addresses", "provider", "addresses_in_use credential_finder",
    ),
    "providers/api_responses": ("responses unsent_token", "other_servers unclear_responses"),
    "providers/observed": (
        "cached_responses printed_bodies printed_response", "http_text", "json_text traffic",
        "unread_limits", "observation_summary observed_input",
    ),
    "providers/fitbit": (
        "advice documented_quota scopes", "quota", "error_responses", "probe_flow", "provider",
    ),
    "providers/google_health": (
        "advice documented_quota scopes",
        "authentication_errors project_errors quota token_origin", "error_responses",
        "tokeninfo", "probe_flow", "provider",
    ),
    "providers/rate_limits": (
        "limit_names structured_fields windows", "numbers", "pauses reader", "named_windows",
        "ietf",
    ),
    "providers/declared": (
        "declaration error_text",
        "declaration_table error_signs response_claims response_quotas response_rules "
        "token_claims",
        "success token_refusals", "outcomes", "oauth_endpoints", "declared_provider",
    ),
    "providers/known_services": (
        "bodies error_sentences ready_made recognition undeclared", "mentions",
    ),
    "declarations": (
        "description named_files pattern_cost", "value_forms", "tables", "language",
        "declaration_text", "files", "own_tables", "known_providers",
        "on_demand provider_choice set_addresses",
    ),
    "declarations/tables": (
        "language_table token_pattern", "contradictions response_tables",
        "check_tables window_tables", "oauth_tables",
    ),
    "checks": (
        "ambiguity clock_notes message_explanation other_credentials", "verdict scopes",
        "findings requirements without_token", "checker render_json render_text", "bare_token",
    ),
    "checks/scopes": (
        "scope_counterparts", "known_scopes", "missing_scopes required_scopes",
    ),
    "transport": (
        "endpoints proxy resolver response", "errors", "async_backend request",
        "async_client client", "lazy_clients",
    ),
    "accounts": (
        "grant login_command", "errors", "names oauth", "grant_errors token_files",
        "display store", "refresh", "login recovery revocation", "explanation",
    ),
    "accounts/display": ("status", "as_json", "as_text"),
    "accounts/explanation": (
        "client_errors error_codes service_account_errors statuses unknown_provider",
        "error_messages", "exception_chain google_services",
        "declared_errors message_owner oauth_messages", "explainer", "text_readings",
    ),
    "accounts/explanation/client_errors": (
        "client_error", "connection_errors google_errors library_errors tool_errors",
    ),
    "accounts/explanation/error_messages": (
        "error_message literals log_text unwrapped_text",
        "consent_errors error_objects error_texts",
    ),
    "accounts/explanation/statuses": ("printed_headers", "http_statuses", "bare_statuses"),
    "accounts/login": (
        "code_exchange pasted_redirect redirect_uri requested_scopes",
        "interaction loopback_server",
        "application callback", "session",
    ),
    "accounts/oauth": (
        "cause client_id client_secret scopes", "secret_sources",
        "authorization_error_table token_error_table token_request",
        "authorization_errors token_failures", "authorization token_errors", "token_endpoint",
    ),
    "accounts/recovery": (
        "table_rows", "account_names damage stored_secrets", "salvage",
        "encrypted_secrets", "rebuild",
    ),
    "accounts/refresh": (
        "recovery_file refresh_context steps unfinished_refresh", "repeated_request",
        "token_saving", "refresh_flow", "refresher",
        "async_refresher usable_grant", "refresh_many",
    ),
    "accounts/store": (
        "account_file clocks vaults", "fast_read locks rows", "account_database",
        "account_reader", "refresh_records", "grant_store", "postgres sqlite", "environment",
    ),
    "accounts/store/sqlite": (
        "replacement stored_sentences", "database shared_connection", "store",
    ),
    "accounts/store/vaults": (
        "encrypted_text key_command", "encryption_key", "encryption", "vault",
        "encrypted_vault keyring_vault", "vault_choice", "rekeying",
    ),
    "accounts/token_files": (
        "fields moments", "notations", "access_text entries missing_grant", "other_service",
        "grant_provider", "entry_choice", "grant_search token_checks", "export token_file",
    ),
    "accounts/token_files/notations": (
        "whole_text", "form_bodies",
        "broken_values continued_values cut_values header_rows labelled_values python_literal",
        "request_credentials text_forms", "readings",
    ),
    "exporter": (
        "sources service_manager", "state", "log scheduling", "ledger metrics",
        "prober refreshing display", "web", "engine", "service", "assembly",
    ),
    "exporter/engine": (
        "account_record parts turn_queue", "state_reader traffic_reader", "account_processor",
        "engine",
    ),
    "exporter/display": ("next_probe", "account_view", "overview", "accounts_json terminal"),
    "exporter/display/terminal": ("column_widths help_screen", "logins", "account_table", "screen"),
    "exporter/ledger": (
        "ledger_errors ledger_keys", "database tables", "pacing request_ledger",
        "ledger postgres_ledger", "selected_ledger",
        "accounting ledger_thread",
        "async_accounting",
    ),
    "exporter/ledger/tables": (
        "observation_table recent_rows stored_state", "row_copy spend_table",
    ),
    "exporter/metrics": (
        "families samples textfile",
        "text_format",
        "negotiation own_metrics",
        "exposition",
    ),
    "exporter/scheduling": (
        "budget clock coalescer first_round refresh_times timer_queue worker_pool",
        "backoff configured_window", "planner",
    ),
    "exporter/sources": (
        "account reading",
        "commands config_errors config_schema file_watcher stored_accounts", "config_file",
        "selection", "leases snapshot", "registry",
    ),
    "exporter/state": (
        "account_state budget_subject", "expiry_age forecast remediation", "severity",
        "account_summary clock_jump probe_origin quota_window", "transitions",
        "observed_traffic source_change",
    ),
    "exporter/web": (
        "connection_limits listening page password_memory password_queue rate_limit", "options",
        "actions basic_auth connection", "app", "config", "middleware", "server",
    ),
    "exporter/web/config": ("schema strict_yaml", "parser", "tls", "reloader"),
    "exporter/web/page": ("html sparkline", "row", "document"),
    "scan": (
        "columns finding", "detect sources", "safe_text", "workers",
        "formats git_hooks ignore pre_commit runner", "settings",
        "allowlist annotation",
    ),
    "scan/annotation": ("history line_hash liveness old_tokens remedies",),
    "scan/detect": (
        "first_pass hit published_samples",
        "concatenation sample_tokens window", "encoded",
        "labelled prefixed_tokens", "repaired_tokens", "signed_tokens", "candidates", "searcher",
    ),
    "scan/detect/concatenation": (
        "emphasis joined quoted_program signed", "statements", "expressions", "opaque",
    ),
    "scan/detect/encoded": (
        "base64_runs character_runs joined_pieces wide_text", "decoded_texts",
    ),
    "scan/detect/first_pass": (
        "byte_search known_prefixes", "prefix_heads", "anchors", "likelihood", "prefilter",
    ),
    "scan/detect/labelled": (
        "basic_credentials declared_owners hit_owners service_prefixes signed_hits tables "
        "wrapped_parts",
        "declared_token",
        "declared_names torn_tokens values_beside_labels", "declared_reader label_reader",
        "declared_hits",
    ),
    "scan/formats": ("scores wording", "github gitlab json junit sarif text"),
    "scan/git_hooks": ("scripts", "managers", "installation"),
    "scan/ignore": ("baseline gitignore inline_comments", "baseline_update"),
    "scan/sources/files": ("endless listing", "batches", "file_source"),
    "scan/sources/archives": (
        "bounds member_names office_text pdf rpm zip_end", "kinds", "compressed member_stream",
        "ar cpio tar zip", "unpacking",
    ),
    "scan/sources": (
        "chunks git_errors git_process git_program", "archives git",
        "commit_messages git_index lfs", "git_objects", "files git_changes git_tags", "git_history",
    ),
    "sandbox": (
        "http_messages path_templates", "faults", "state", "consent_page",
        "declared fitbit google", "control cors", "router", "app",
        "server",
    ),
    "sandbox/control": (
        "help request_fields", "canned_responses clients declared_windows users", "api",
    ),
    "sandbox/declared": (
        "consent json_paths token_text", "dialect refusals", "api oauth", "dispatch",
    ),
    "sandbox/faults": (
        "fault fitbit_bodies google_bodies", "declared fitbit google oauth",
        "fitbit_quota google_quota", "catalogue",
    ),
    "sandbox/fitbit": ("consent oauth resources", "api"),
    "sandbox/fitbit/resources": (
        "resource_request", "logs profile series vitals", "table", "path_scopes",
    ),
    "sandbox/google": (
        "data_types id_token tokeninfo", "resources", "api", "consent openid", "oauth",
    ),
    "sandbox/state": (
        "canned_responses fault_queue scopes token_formats tokens users",
        "clients codes rate_limits", "declared grants", "user_tokens", "sandbox_state",
    ),
    "sandbox/state/declared": ("api_table pattern_text", "window_counts", "declared_apis"),
    "library": (
        "application_log call_arguments memory network",
        "observing",
        "account_tokens cleaning paste_check text_scan",
        "observed_servers redirect_guard", "account_auth observation",
    ),
    "library/observing": (
        "client_responses seen_responses", "response_batch", "observation_writer",
    ),
    "cli": ("manual", "shared", "commands", "fast_commands", "typer_app", "main"),
    "cli/commands": (
        "accounts clean completion demo login observe providers revoke sandbox scan serve token "
        "validate watch",
    ),
    "cli/commands/watch": ("keys", "live_view", "command"),
    "cli/commands/accounts": ("export import_ list migrate recover refresh rekey remove show",),
    "cli/commands/login": ("login_summary terminal_interaction", "command"),
    "cli/commands/scan": (
        "baselines finding_details hook_options hooks targets validation",
        "outputs", "command_line", "command",
    ),
    "cli/commands/revoke": ("finding_search leaked_token", "command"),
    "cli/commands/validate": ("command_line lines stored_account", "line_processes", "command"),
    "cli/shared/system": (
        "cores stop_signals waiting_streams wildcards windows_console", "stream_style",
    ),
    "cli/manual": ("page shell_example shell_templates", "help_text roff shell_scripts"),
    "cli/shared": (
        "known_secrets notes pasted_argv provider_name system usage_wording",
        "account_store output paste_input",
        "argparse_parser safe_stderr typer_help",
        "command_group exporter",
    ),
    "cli/shared/exporter": ("account_options config_check", "log_output"),
}  # fmt: skip
