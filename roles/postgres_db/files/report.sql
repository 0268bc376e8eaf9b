-- SPDX-License-Identifier: GPL-3.0-or-later
-- What reports read of LiteLLM's database (docs/audit.md). Functions, whose text PostgreSQL reads when they are called:
-- of a view, LiteLLM's migrations could not change the columns; and they are made before LiteLLM has made its tables.
-- They run with the rights of the database's owner, so that who calls them need have none, and give no value of a key and
-- no hash. Everybody may execute them who may connect, which PostgreSQL grants: a dump that named a role could not be
-- restored where there is no such role.
SET LOCAL check_function_bodies = off;
CREATE SCHEMA IF NOT EXISTS mcp_lan_report;
GRANT USAGE ON SCHEMA mcp_lan_report TO PUBLIC;

-- A row for each request that LiteLLM has kept, from one moment until before another, in UTC.
CREATE OR REPLACE FUNCTION mcp_lan_report.calls(since timestamp, until timestamp)
RETURNS TABLE (
  at timestamp, key text, team text, "user" text, model text, mcp_server text, mcp_tool text, status text, reason text,
  prompt_tokens integer, completion_tokens integer, spend numeric, seconds double precision
)
-- PL/pgSQL plans with the times that are asked for; by a plan for any time, all rows would be looked up one by one.
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $calls$
#variable_conflict use_column
BEGIN RETURN QUERY
WITH kept AS (
  SELECT s."startTime" AS began, s."endTime" - s."startTime" AS took, s.spend, s.prompt_tokens, s.completion_tokens,
    s.model, s.model_group, nullif(s.mcp_namespaced_tool_name, '') AS called, s.status = 'failure' AS failed,
    coalesce(k.key_alias, nullif(m.user_api_key_alias, ''), f.key_alias) AS alias,
    coalesce(nullif(s.api_key, ''), m.user_api_key, '') AS token,
    coalesce(k.token, f.token) IS NOT NULL AS known,
    coalesce(nullif(s."user", ''), m.user_api_key_user_id) AS who,
    coalesce(t.team_alias, nullif(m.user_api_key_team_alias, ''), nullif(s.team_id, '')) AS team,
    m.error_information->>'error_class' AS error, m.error_information->>'error_code' AS code,
    m.error_information->>'error_message' AS message
  FROM public."LiteLLM_SpendLogs" s
  LEFT JOIN public."LiteLLM_VerificationToken" k ON k.token = s.api_key
  LEFT JOIN public."LiteLLM_TeamTable" t ON t.team_id = s.team_id
  -- What else is known of a request is unpacked where it is needed, and all of it at once: it is most of the work. LiteLLM
  -- 1.77.3 says of a request that it refused only here whose it was.
  CROSS JOIN LATERAL jsonb_to_record(
    CASE WHEN s.status = 'failure' OR k.token IS NULL THEN coalesce(s.metadata, '{}') ELSE '{}' END
  ) AS m (
    user_api_key text, user_api_key_alias text, user_api_key_user_id text, user_api_key_team_alias text,
    error_information jsonb
  )
  LEFT JOIN public."LiteLLM_VerificationToken" f ON f.token = m.user_api_key
  WHERE s."startTime" >= since AND s."startTime" < until
), judged AS (
  -- By the classes of LiteLLM's own errors, before anything was asked. A provider's are other ones.
  SELECT r.*, CASE
      WHEN r.failed IS NOT TRUE OR r.code LIKE '5%' THEN NULL
      WHEN r.error = 'BudgetExceededError' THEN 'over its budget'
      WHEN r.error = 'ProxyRateLimitError' OR r.error = 'HTTPException' AND r.code = '429' THEN 'over its rate'
      WHEN r.error = 'ProxyModelNotFoundError' THEN 'no such model'
      WHEN r.error = 'KeyNotFoundError' OR r.error = 'ProxyException' AND NOT r.known THEN 'no such key'
      WHEN r.error = 'Exception' AND r.message LIKE 'Key is blocked%' THEN 'key is blocked'
      WHEN r.error = 'HTTPException' AND r.code = '404' AND r.called IS NOT NULL THEN 'no such tool'
      WHEN r.error LIKE '%ProxyException' OR r.error = 'HTTPException' AND r.code LIKE '4%' THEN 'not allowed'
    END AS reason
  FROM kept r
)
SELECT
  n.began,
  -- All values of a key that was rotated are one key.
  CASE
    WHEN n.alias LIKE '%.replaced-________' THEN regexp_replace(n.alias, '[.]replaced-[0-9a-f]{8}$', '')
    WHEN n.alias IS NOT NULL THEN n.alias
    WHEN n.who = 'default_user_id' THEN '(administration)'
    WHEN n.token = '' THEN '(none)'
    WHEN n.failed AND NOT n.known THEN '(unknown)'
    ELSE 'key-' || left(encode(sha256(convert_to('mcp_lan ' || n.token, 'UTF8')), 'hex'), 8)
  END,
  n.team,
  n.who,
  -- By the name that was asked for; what is not known by any is the client's own text.
  CASE WHEN n.called IS NULL AND n.model NOT LIKE 'MCP: %'
    THEN left(coalesce(nullif(n.model_group, ''), nullif(n.model, '')), 200) END,
  split_part(n.called, '/', 1),
  substr(n.called, strpos(n.called, '/') + 1),
  CASE WHEN n.failed IS NOT TRUE THEN 'success' WHEN n.reason IS NULL THEN 'failure' ELSE 'refused' END,
  n.reason,
  n.prompt_tokens,
  n.completion_tokens,
  n.spend::numeric,
  extract(epoch FROM n.took)::double precision
FROM judged n;
END $calls$;

-- What keys and teams have spent of their budgets.
CREATE OR REPLACE FUNCTION mcp_lan_report.budgets()
RETURNS TABLE (kind text, name text, spend numeric, max_budget numeric, period text, resets timestamp)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $budgets$
SELECT 'key', coalesce(k.key_alias, 'key-' || left(encode(sha256(convert_to('mcp_lan ' || k.token, 'UTF8')), 'hex'), 8)),
  k.spend::numeric, coalesce(k.max_budget, b.max_budget)::numeric, coalesce(k.budget_duration, b.budget_duration),
  coalesce(k.budget_reset_at, b.budget_reset_at)
FROM public."LiteLLM_VerificationToken" k
LEFT JOIN public."LiteLLM_BudgetTable" b ON b.budget_id = k.budget_id
WHERE coalesce(k.key_alias, '') !~ '[.]replaced-[0-9a-f]{8}$'
UNION ALL
SELECT 'team', coalesce(t.team_alias, t.team_id), t.spend::numeric, t.max_budget::numeric, t.budget_duration, t.budget_reset_at
FROM public."LiteLLM_TeamTable" t
$budgets$;
