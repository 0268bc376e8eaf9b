-- What the exporter may ask of the gateway's database, and all of it: sums, never a row, a key's value or its hash.
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Functions of the database's owner that read for whoever calls them; the exporter's role can read no table. They lie in a
-- schema of their own, and are PL/pgSQL, which is resolved when it runs: nothing here holds up a migration of LiteLLM's.
DROP SCHEMA IF EXISTS mcp_lan_observability CASCADE;
CREATE SCHEMA mcp_lan_observability;
-- Whoever may connect to this database at all, so that a dump names no role that another server may not have.
GRANT USAGE ON SCHEMA mcp_lan_observability TO PUBLIC;

-- Calls of models and tools that began in a stretch of time, summed up. The index on "startTime" finds them.
CREATE FUNCTION mcp_lan_observability.calls(since timestamp, until timestamp)
RETURNS TABLE (key text, model text, server text, tool text, status text, calls bigint, spend double precision,
               prompt_tokens bigint, completion_tokens bigint, seconds double precision, buckets bigint[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH rows AS (
    SELECT coalesce(nullif(s.metadata->>'user_api_key_alias', ''), k.key_alias, '(none)') AS key,
           coalesce(nullif(s.model_group, ''), s.model, '') AS model,
           -- A tool's name may have a slash in it, a server's has none.
           coalesce(s.metadata->'mcp_tool_call_metadata'->>'mcp_server_name',
                    split_part(s.mcp_namespaced_tool_name, '/', 1), '') AS server,
           coalesce(s.metadata->'mcp_tool_call_metadata'->>'name',
                    regexp_replace(s.mcp_namespaced_tool_name, '^[^/]*/', ''), '') AS tool,
           coalesce(s.status, s.metadata->>'status', 'success') AS status,
           s.spend, s.prompt_tokens, s.completion_tokens,
           greatest(extract(epoch FROM s."endTime" - s."startTime"), 0)::double precision AS seconds
    FROM "LiteLLM_SpendLogs" s
    LEFT JOIN "LiteLLM_VerificationToken" k ON k.token = coalesce(nullif(s.api_key, ''), s.metadata->>'user_api_key')
    WHERE s."startTime" >= since AND (until IS NULL OR s."startTime" < until)
      -- What the collection's own proof asks for, to be refused.
      AND s.model <> 'mcp_lan_verification'
  )
  SELECT regexp_replace(r.key, '[.]replaced-[0-9a-f]{8}$', ''), left(r.model, 100), left(r.server, 100), left(r.tool, 100),
         r.status, count(*), sum(r.spend), sum(r.prompt_tokens), sum(r.completion_tokens), sum(r.seconds),
         ARRAY[count(*) FILTER (WHERE r.seconds <= 0.1), count(*) FILTER (WHERE r.seconds <= 0.5),
               count(*) FILTER (WHERE r.seconds <= 1), count(*) FILTER (WHERE r.seconds <= 2.5),
               count(*) FILTER (WHERE r.seconds <= 5), count(*) FILTER (WHERE r.seconds <= 10),
               count(*) FILTER (WHERE r.seconds <= 30), count(*) FILTER (WHERE r.seconds <= 60),
               count(*) FILTER (WHERE r.seconds <= 120), count(*) FILTER (WHERE r.seconds <= 300), count(*)]
  FROM rows r
  GROUP BY 1, 2, 3, 4, 5;
END $$;

-- The keys by their names: when the present value was made, and when it ends. Values that were replaced have none.
CREATE FUNCTION mcp_lan_observability.keys()
RETURNS TABLE (key text, minted double precision, expires double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT k.key_alias,
         extract(epoch FROM coalesce((k.metadata->'mcp_lan'->>'minted')::timestamptz, k.created_at AT TIME ZONE 'UTC'))
           ::double precision,
         extract(epoch FROM k.expires AT TIME ZONE 'UTC')::double precision
  FROM "LiteLLM_VerificationToken" k
  WHERE k.key_alias IS NOT NULL AND k.key_alias !~ '[.]replaced-[0-9a-f]{8}$'
  ORDER BY k.created_at DESC
  LIMIT 2000;
END $$;

-- What keys, teams and users have spent in their budgets' period, what they may, and from when on that is told.
CREATE FUNCTION mcp_lan_observability.budgets()
RETURNS TABLE (kind text, name text, spend double precision, budget double precision, soft double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT b.kind, b.name, b.spend, b.max_budget, (b.metadata->'mcp_lan'->>'soft_budget')::double precision
  FROM (
    (SELECT 'key', k.key_alias, k.spend, k.max_budget, k.metadata
     FROM "LiteLLM_VerificationToken" k
     WHERE k.key_alias IS NOT NULL AND k.key_alias !~ '[.]replaced-[0-9a-f]{8}$'
     ORDER BY k.created_at DESC
     LIMIT 2000)
    UNION ALL
    (SELECT 'team', t.team_alias, t.spend, t.max_budget, t.metadata
     FROM "LiteLLM_TeamTable" t
     WHERE t.team_alias IS NOT NULL
     ORDER BY t.created_at DESC
     LIMIT 500)
    UNION ALL
    (SELECT 'user', u.user_id, u.spend, u.max_budget, u.metadata
     FROM "LiteLLM_UserTable" u
     WHERE u.user_id <> 'default_user_id'
     ORDER BY u.created_at DESC
     LIMIT 500)
  ) AS b (kind, name, spend, max_budget, metadata);
END $$;

-- The largest tables, and the spend log.
CREATE FUNCTION mcp_lan_observability.tables()
RETURNS TABLE (name text, rows double precision, bytes bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT c.relname::text, greatest(c.reltuples, 0)::double precision, pg_total_relation_size(c.oid)
  FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  ORDER BY c.relname <> 'LiteLLM_SpendLogs', 3 DESC
  LIMIT 10;
END $$;
