-- The tables that grow with what is asked: each that this version of LiteLLM has, the column that says when its row was
-- written, and from when on its rows stay. psql has the variables days and daily_days; 0 keeps all.
-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT listed.name, listed.at, listed.days,
  to_char((now() AT TIME ZONE 'UTC') - make_interval(days => listed.days),
          CASE WHEN known.data_type = 'text' THEN 'YYYY-MM-DD' ELSE 'YYYY-MM-DD HH24:MI:SS.MS' END) AS since
FROM (
  SELECT name, at, :days AS days
  FROM (VALUES
    ('LiteLLM_SpendLogs', 'startTime'),
    ('LiteLLM_SpendLogToolIndex', 'start_time'),
    ('LiteLLM_SpendLogGuardrailIndex', 'start_time'),
    ('LiteLLM_ErrorLogs', 'startTime'),
    ('LiteLLM_HealthCheckTable', 'checked_at'),
    ('LiteLLM_AuditLog', 'updated_at'),
    ('LiteLLM_DeletedVerificationToken', 'deleted_at'),
    ('LiteLLM_DeletedTeamTable', 'deleted_at')
  ) AS logs(name, at)
  UNION ALL
  -- Sums for each day, which hold nothing of a single request.
  SELECT name, 'date', :daily_days
  FROM (VALUES
    ('LiteLLM_DailyUserSpend'), ('LiteLLM_DailyTeamSpend'), ('LiteLLM_DailyTagSpend'), ('LiteLLM_DailyGlobalSpend'),
    ('LiteLLM_DailyOrganizationSpend'), ('LiteLLM_DailyEndUserSpend'), ('LiteLLM_DailyAgentSpend'),
    ('LiteLLM_DailyToolSpend'), ('LiteLLM_DailyModelUsage'), ('LiteLLM_DailyGatewayRequests'),
    ('LiteLLM_DailyGatewayFailedRequests'), ('LiteLLM_DailyRequestErrors'), ('LiteLLM_DailyGuardrailMetrics'),
    ('LiteLLM_DailyGuardrailUsageUnits'), ('LiteLLM_DailyPolicyMetrics')
  ) AS sums(name)
) AS listed
JOIN information_schema.columns AS known
  ON known.table_schema = current_schema() AND known.table_name = listed.name AND known.column_name = listed.at
WHERE listed.days > 0
