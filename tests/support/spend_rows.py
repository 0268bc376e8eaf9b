# SPDX-License-Identifier: GPL-3.0-or-later
"""Many rows of LiteLLM's spend log: copies of what a running LiteLLM has written, of other keys, times and prices."""

from __future__ import annotations

KEYS, MODELS, TOOLS = 50, 8, 20
# What a copy has of its own; n is its number. Each third is a call of a tool where there is a row of one.
_COPIES = r"""
DO $$
DECLARE columns text;
BEGIN
  SELECT string_agg(quote_ident(column_name), ', ') INTO columns FROM information_schema.columns
  WHERE table_schema = 'public' AND table_name = 'LiteLLM_SpendLogs' AND is_generated = 'NEVER';
  CREATE TEMPORARY TABLE one ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY request_id) - 1 AS at, to_jsonb(s) AS row
    FROM "LiteLLM_SpendLogs" s WHERE {chosen};
  EXECUTE format($copy$
    INSERT INTO "LiteLLM_SpendLogs" (%1$s)
    SELECT %2$s FROM generate_series(1, {count}::bigint) AS n
    CROSS JOIN LATERAL (SELECT 'copied-' || n %% {keys} AS name,
      encode(sha256((n %% {keys})::text::bytea), 'hex') AS token,
      timestamp '{since}' + (n * 7919 %% {seconds}) * interval '1 second' AS began,
      (n * 31 %% 2000 + 5) * interval '1 millisecond' AS took) AS own
    JOIN one ON one.at = n %% (SELECT count(*) FROM one)
    CROSS JOIN LATERAL jsonb_populate_record(NULL::"LiteLLM_SpendLogs", one.row || jsonb_build_object(
      'request_id', 'copied-' || n, 'startTime', began, 'endTime', began + took,
      'api_key', CASE WHEN one.row->>'api_key' = '' THEN '' ELSE token END,
      'spend', round((n * 127 %% 9973)::numeric / 1234567, 7), 'prompt_tokens', n %% 977, 'completion_tokens', n %% 331,
      'model_group', CASE WHEN one.row->>'mcp_namespaced_tool_name' IS NULL THEN 'model-' || n %% {models} ELSE '' END,
      'mcp_namespaced_tool_name',
        CASE WHEN one.row->>'mcp_namespaced_tool_name' IS NOT NULL THEN 'server/tool_' || n %% {tools} END,
      'metadata', one.row->'metadata' || jsonb_build_object('user_api_key', token, 'user_api_key_alias', name)
    )) AS made
  $copy$, columns, regexp_replace(columns, '(^|, )', '\1made.', 'g'));
END $$;
"""


def copies(count: int, since: str, days: int, chosen: str = "true") -> str:
    """SQL that adds so many rows, over so many days, of the rows that are chosen."""
    return _COPIES.format(
        count=count, since=since, seconds=days * 86400, chosen=chosen, keys=KEYS, models=MODELS, tools=TOOLS
    )
