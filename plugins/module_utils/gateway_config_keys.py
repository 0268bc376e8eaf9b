# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys of config.yaml LiteLLM reads: read out of the packages 1.77.3 and 1.108.7.

GENERAL_SETTINGS: every key that the proxy takes from ``general_settings``, and the fields of ConfigGeneralSettings.
ROUTER_SETTINGS: the arguments of litellm.Router, which router_settings is passed to.
The *_NEWER sets are read by 1.108.7 and not by 1.77.3, the *_GONE sets by 1.77.3 and not by 1.108.7.
"""

from __future__ import annotations

SECTIONS = frozenset(
    """
    model_list litellm_settings general_settings router_settings environment_variables include credential_list
    guardrails mcp_servers mcp_tools vector_store_registry callback_settings prompts assistant_settings
    files_settings finetune_settings default_vertex_config
    """.split()
)
SECTIONS_NEWER = frozenset(
    "agent_list agents search_tools policies policy_attachments worker_registry sandbox_tools plugins".split()
)

GENERAL_SETTINGS = frozenset(
    """
    admin_only_routes alert_to_webhook_url alert_types alerting alerting_args alerting_threshold
    allow_client_side_credentials allow_requests_on_db_unavailable allow_user_auth allowed_ips allowed_routes
    background_health_checks completion_model custom_auth custom_key_generate custom_sso
    custom_ui_sso_sign_in_handler database_args database_connection_pool_limit
    database_connection_pool_timeout database_connection_timeout database_type database_url
    default_team_disabled disable_adding_master_key_hash_to_db disable_error_logs disable_master_key_return
    disable_prisma_schema_update disable_reset_budget disable_retry_on_max_parallel_request_limit_error
    disable_spend_logs disable_spend_updates embedding_model enable_jwt_auth enable_oauth2_auth
    enable_oauth2_proxy_auth enable_public_model_hub enforce_rbac enforce_user_param enforced_params
    forward_client_headers_to_llm_api forward_openai_org_id global_max_parallel_requests health_check_details
    health_check_interval image_generation_model infer_model_from_keys key_management_settings
    key_management_system litellm_jwtauth litellm_key_header_name litellm_license master_key
    max_parallel_requests max_request_size_mb max_response_size_mb maximum_spend_logs_retention_interval
    maximum_spend_logs_retention_period mcp_client_side_auth_header_name moderation_model
    oauth2_config_mappings otel pass_through_endpoints proxy_admin_email proxy_batch_polling_interval
    proxy_batch_write_at proxy_budget_rescheduler_max_time proxy_budget_rescheduler_min_time public_routes
    role_permissions service_account_settings slack spend_report_frequency store_model_in_db
    store_prompts_in_spend_logs token_rate_limit_type ui_access_mode use_azure_key_vault use_google_kms
    use_redis_transaction_buffer use_x_forwarded_for user_api_key_cache_ttl user_header_mappings
    user_header_name
    """.split()
)

GENERAL_SETTINGS_NEWER = frozenset(
    """
    admission_queue_timeout_seconds agent_access_default_deny alert_type_config
    allow_cli_sso_verification_uri_complete allow_public_health_readiness_details allow_unmanaged_response_ids
    allowed_file_extensions always_include_stream_usage apply_user_budget_to_team_keys
    auto_redirect_ui_login_to_sso background_health_check_model_groups blocked_file_extensions
    cancel_on_disconnect claude_code_gateway_managed_settings control_plane_url coordination_redis
    custom_auth_run_common_checks custom_key_policy custom_key_update custom_team_metadata_validate
    dangerously_permit_weak_or_unset_master_key database_connect_timeout database_disable_prepared_statements
    database_extra_connection_params database_max_idle_connection_lifetime database_socket_timeout
    disable_auto_add_proxy_admin_to_teams disable_batch_input_file_rate_limiting
    disable_bedrock_agent_runtime_passthrough disable_budget_reservation disable_custom_api_keys
    disable_env_credential_login disable_fallbacks_on_per_model_rate_limits disable_key_generate_for_org_admin
    disable_model_info_refresh disable_password_login_when_sso_enabled disable_requester_ip_address_logging
    disable_responses_id_security drain_endpoint_token email enable_claude_code_gateway enable_drain_endpoint
    enable_health_check_routing enable_mcp_registry enable_openai_websocket_passthrough
    enforce_fallback_model_access expose_fallback_errors_to_caller fail_closed_budget_enforcement
    fail_closed_rate_limit_enforcement failed_login_block_seconds failed_login_window_seconds
    forward_llm_provider_auth_headers health_check_concurrency health_check_ignore_transient_errors
    health_check_skip_disabled_background_models health_check_staleness_threshold hide_default_credentials_hint
    include_call_id_in_error_body max_batch_file_records max_batch_file_size_mb max_batch_file_uploads_per_day
    max_failed_login_attempts_per_source max_failed_login_attempts_per_source_overrides
    max_file_downloads_per_minute max_file_size_mb max_in_flight_requests_per_worker
    max_queued_requests_per_worker maximum_autorouter_session_retention_period
    maximum_daily_tag_spend_retention_period maximum_health_check_retention_period
    maximum_spend_logs_cleanup_batch_size maximum_spend_logs_cleanup_batch_timeout
    maximum_spend_logs_cleanup_cron maximum_spend_logs_cleanup_max_batches maximum_spend_logs_cleanup_run_budget
    mcp_advertised_versions mcp_allow_all_keys_respects_mcp_scope mcp_allowed_clients mcp_client_id_header
    mcp_disabled_capabilities mcp_internal_ip_ranges mcp_prefer_client_id_metadata_document
    mcp_require_explicit_server_scope mcp_required_fields mcp_session_token_signing mcp_trusted_proxy_ranges
    mcp_xff_num_trusted_hops missing_session_id model_list_healthy_only pass_through_request_timeout
    passthrough_managed_object_ids password_policy_check_breached_passwords password_policy_min_length
    password_policy_require_lowercase password_policy_require_numbers password_policy_require_special_characters
    password_policy_require_uppercase plugins provider_url_destination_allowed_hosts
    proxy_config_reload_interval_seconds reject_clientside_metadata_tags require_end_user_mcp_access_defined
    require_key_mcp_access_defined responses_websocket_session_limit_seconds scheduled_job_stagger
    search_tool_deny_by_default search_tools skip_batch_input_file_rate_limiting_for_models
    skip_batch_input_file_rate_limiting_for_providers spend_capture_rate_check spend_logs_metadata_fields
    supported_db_objects team_metadata_schema team_metadata_validation_error_message
    team_metadata_validation_timeout tracing track_unmanaged_batch_cost transcribe_media_buckets
    trusted_proxy_ranges use_shared_health_check use_spend_logs_partitioning use_team_public_model_name
    user_api_key_cache_max_size user_mcp_management_mode user_url_allowed_hosts user_url_validation
    vector_store_deny_by_default
    """.split()
)

GENERAL_SETTINGS_GONE = frozenset(
    """
    disable_adding_master_key_hash_to_db embedding_model image_generation_model moderation_model
    proxy_admin_email
    """.split()
)

ROUTER_SETTINGS = frozenset(
    """
    alerting_config allowed_fails allowed_fails_policy assistants_config cache_kwargs cache_responses
    caching_groups client_ttl content_policy_fallbacks context_window_fallbacks cooldown_time debug_level
    default_fallbacks default_litellm_params default_max_parallel_requests default_priority disable_cooldowns
    enable_pre_call_checks enable_tag_filtering fallbacks ignore_invalid_deployments max_fallbacks
    model_group_alias model_group_retry_policy model_list num_retries optional_pre_call_checks
    polling_interval provider_budget_config redis_host redis_password redis_port redis_url retry_after
    retry_policy router_general_settings routing_strategy routing_strategy_args set_verbose stream_timeout
    timeout
    """.split()
)

ROUTER_SETTINGS_NEWER = frozenset(
    """
    auto_router_capability_limit background_health_check_model_groups deployment_affinity_ttl_seconds
    enable_health_check_routing enable_weighted_failover fallback_access_check fallback_budget_check
    fallback_on_unsupported_params guardrail_list health_check_ignore_transient_errors
    health_check_staleness_threshold model_group_affinity_config plugins redis_db routing_groups search_tools
    tag_filtering_match_any tag_routing_prefix
    """.split()
)
