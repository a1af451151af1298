-- Every statement that the public pages read by, each with a name and what it answers. Read-only; no personal data:
-- people_claimant is never named here.

-- name: programmes
-- Which programmes have claims or were adopted? The one with most claims first: it is what the home page shows.
SELECT v.id, v.code, v.sha256, v.currency, v.minor_digits, v.adopted_at
FROM programmes_version v
LEFT JOIN (SELECT programme_id, count(*) AS claims FROM claims_claim GROUP BY programme_id) c ON c.programme_id = v.id
ORDER BY coalesce(c.claims, 0) DESC, v.id DESC;

-- name: head
-- How far does the journal go? Everything derived from it is as of this entry. An entry with a lower number may be
-- committed later than one with a higher; the log, where it gets its place then, has grown, and tells.
SELECT id, at, (SELECT max(index) FROM proofs_leaf) AS logged FROM journal_entry ORDER BY id DESC LIMIT 1;

-- name: stages
-- How many claims reached each stage: all, by category, by region and by month of filing? One row of the answer for each
-- set; `over` says which. The stages come from the journal alone; only what a claim is about comes from its own row.
WITH reached AS (
  SELECT claim,
         bool_or(kind = 'claim.filed') AS submitted,
         bool_or(kind = 'claim.recorded') AS recorded,
         max(CASE WHEN kind = 'claim.decided' AND content::jsonb ->> 'outcome' = 'awarded'
                  THEN (content::jsonb ->> 'award_minor')::bigint END) AS awarded_minor,
         sum(CASE kind WHEN 'payment.settled' THEN (content::jsonb ->> 'amount_minor')::bigint
                       WHEN 'payment.returned' THEN -(content::jsonb ->> 'amount_minor')::bigint END) AS paid_minor
  FROM journal_entry
  WHERE claim IS NOT NULL AND kind IN ('claim.filed', 'claim.recorded', 'claim.decided', 'payment.settled',
                                       'payment.returned')
  GROUP BY claim
)
SELECT CASE GROUPING(c.category, c.region, date_trunc('month', c.filed_at AT TIME ZONE 'UTC'))
         WHEN 3 THEN 'category' WHEN 5 THEN 'region' WHEN 6 THEN 'month' ELSE 'all' END AS over,
       c.category, c.region, date_trunc('month', c.filed_at AT TIME ZONE 'UTC')::date AS month,
       count(*) FILTER (WHERE r.submitted) AS submitted,
       count(*) FILTER (WHERE r.recorded) AS recorded,
       count(r.awarded_minor) AS awarded,
       count(*) FILTER (WHERE r.paid_minor > 0) AS paid,
       coalesce(sum(r.awarded_minor), 0)::bigint AS awarded_minor,
       coalesce(sum(r.paid_minor), 0)::bigint AS paid_minor
FROM reached r
JOIN claims_claim c ON c.id = r.claim
WHERE c.programme_id = %(programme)s
GROUP BY GROUPING SETS ((), (c.category), (c.region), (date_trunc('month', c.filed_at AT TIME ZONE 'UTC')))
ORDER BY 1, 2, 3, 4;

-- name: outcomes
-- What was decided in each category, and for which reason?
SELECT c.category, d.outcome, d.reason, count(*) AS claims, sum(d.award_minor)::bigint AS award_minor
FROM decisions_decision d
JOIN claims_claim c ON c.id = d.claim_id
WHERE c.programme_id = %(programme)s
GROUP BY c.category, d.outcome, d.reason
ORDER BY c.category, d.outcome, claims DESC, d.reason;

-- name: recordings
-- Which claims did the Register record or refuse, and for which reason?
SELECT r.outcome, r.reason, count(*) AS claims
FROM claims_recording r
JOIN claims_claim c ON c.id = r.claim_id
WHERE c.programme_id = %(programme)s
GROUP BY r.outcome, r.reason
ORDER BY r.outcome DESC, claims DESC, r.reason;

-- name: claim
-- Where does one claim stand? Not whose it is.
SELECT c.id, c.number, c.programme_id, c.category, c.filed_at,
       r.outcome AS recording, r.reason AS recording_reason, r.at AS recorded_at,
       k.at AS checked_at,
       d.outcome, d.reason, d.award_minor, d.currency, d.at AS decided_at
FROM claims_claim c
LEFT JOIN claims_recording r ON r.claim_id = c.id
LEFT JOIN checks_check k ON k.claim_id = c.id
LEFT JOIN decisions_decision d ON d.claim_id = c.id
WHERE c.number = %(number)s;

-- name: findings
-- What kinds of thing did the checks notice about one claim? Kinds only: the details may name another claim.
SELECT kind, count(*) AS findings FROM checks_finding WHERE claim_id = %(claim)s GROUP BY kind ORDER BY kind;
