-- The ledger's own laws, kept by the database: entries only grow, each sums to zero per currency, and one function writes.
-- Source: payments.md §3.2. Every function sets its search_path: a trigger runs with the session's otherwise, and a stranger could change it.

CREATE FUNCTION ledger_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% only grows: a mistake is corrected by a further entry', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION ledger_check_postings() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_entry bigint;
BEGIN
    SELECT entry_id INTO v_entry FROM new_postings GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not sum to zero', v_entry USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_zero_sum';
    END IF;
    SELECT p.entry_id INTO v_entry
      FROM postings p JOIN (SELECT entry_id, count(*) AS legs FROM new_postings GROUP BY entry_id) n USING (entry_id)
     GROUP BY p.entry_id, n.legs HAVING count(*) <> n.legs LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % has its postings already', v_entry USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_at_once';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER journal_entries_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER postings_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON postings
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER postings_zero_sum AFTER INSERT ON postings REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_postings();

-- The account of the chart for a currency and an owner, opened when it is new. A strict one gets its balance row.
CREATE FUNCTION ledger_open(
    p_id uuid, p_code text, p_currency text, p_owner_id uuid, p_side bigint, p_is_strict boolean, p_at timestamptz
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_account ledger_accounts%ROWTYPE;
BEGIN
    -- Twice: the second look is for the one who lost the race to open it. Two forms, since only `=` and IS NULL use the index.
    FOR v_try IN 1..2 LOOP
        IF p_owner_id IS NULL THEN
            SELECT * INTO v_account FROM ledger_accounts WHERE code = p_code AND currency = p_currency AND owner_id IS NULL;
        ELSE
            SELECT * INTO v_account FROM ledger_accounts WHERE code = p_code AND currency = p_currency AND owner_id = p_owner_id;
        END IF;
        EXIT WHEN FOUND;
        INSERT INTO ledger_accounts (id, code, currency, owner_id, side, is_strict, opened_at)
        VALUES (p_id, p_code, p_currency, p_owner_id, p_side, p_is_strict, p_at) ON CONFLICT (code, currency, owner_id) DO NOTHING;
        IF FOUND AND p_is_strict THEN
            INSERT INTO ledger_balances (account_id, posted, reserved) VALUES (p_id, 0, 0);
        END IF;
    END LOOP;
    IF v_account.id IS NULL OR v_account.side <> p_side OR v_account.is_strict <> p_is_strict THEN
        RAISE EXCEPTION 'account % is not as the chart says', p_code USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_accounts_chart';
    END IF;
    RETURN v_account.id;
END
$$;

-- Write an entry. Legs: [{id, code, currency, owner_id, side, is_strict, amount_minor}], debit positive; `id` is used if the account is new.
-- A key that is known is no second entry: the first one's id comes back, or an error when the content is another.
-- With an operation, the sum that was reserved for it is set free in the same step. Source: payments.md §3.2, J13–J14.
CREATE FUNCTION ledger_post(
    p_key text, p_kind text, p_legs jsonb, p_reference_id uuid, p_effective_at timestamptz, p_created_at timestamptz,
    p_reverses_id bigint, p_operation_id uuid
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_entry bigint;
    v_hash text;
    v_known text;
    v_leg record;
    v_accounts uuid[] := '{}';
BEGIN
    IF jsonb_array_length(p_legs) < 2 THEN
        RAISE EXCEPTION 'an entry has two legs at least' USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_zero_sum';
    END IF;
    SELECT encode(sha256(convert_to(concat_ws('|', p_kind, coalesce(p_reference_id::text, ''), coalesce(p_reverses_id::text, ''), string_agg(
               concat_ws(':', leg ->> 'code', leg ->> 'currency', coalesce(leg ->> 'owner_id', ''), leg ->> 'amount_minor'), ',' ORDER BY position
           )), 'UTF8')), 'hex')
      INTO v_hash FROM jsonb_array_elements(p_legs) WITH ORDINALITY AS l (leg, position);

    INSERT INTO journal_entries (key, content_hash, kind, effective_at, reference_id, reverses_id, created_at)
    VALUES (p_key, v_hash, p_kind, p_effective_at, p_reference_id, p_reverses_id, p_created_at)
    ON CONFLICT (key) DO NOTHING RETURNING id INTO v_entry;
    IF v_entry IS NULL THEN
        SELECT id, content_hash INTO v_entry, v_known FROM journal_entries WHERE key = p_key;
        IF v_known <> v_hash THEN
            RAISE EXCEPTION 'the key % stands for another entry', p_key USING ERRCODE = 'unique_violation', CONSTRAINT = 'journal_entries_content';
        END IF;
        RETURN v_entry;
    END IF;

    -- In one order everywhere, so that two entries that open or change the same accounts wait for each other and never deadlock.
    FOR v_leg IN
        SELECT leg, position::int AS position FROM jsonb_array_elements(p_legs) WITH ORDINALITY AS l (leg, position)
         ORDER BY leg ->> 'code', leg ->> 'currency', leg ->> 'owner_id'
    LOOP
        v_accounts[v_leg.position] := ledger_open(
            (v_leg.leg ->> 'id')::uuid, v_leg.leg ->> 'code', v_leg.leg ->> 'currency', (v_leg.leg ->> 'owner_id')::uuid,
            (v_leg.leg ->> 'side')::bigint, (v_leg.leg ->> 'is_strict')::boolean, p_created_at
        );
    END LOOP;
    IF p_operation_id IS NOT NULL THEN
        PERFORM ledger_close(p_operation_id, 'posted');
    END IF;
    PERFORM FROM ledger_balances WHERE account_id = ANY (v_accounts) ORDER BY account_id FOR NO KEY UPDATE;
    UPDATE ledger_balances b SET posted = b.posted + d.delta
      FROM (
          SELECT a.id, sum((leg ->> 'amount_minor')::bigint * a.side)::bigint AS delta
            FROM jsonb_array_elements(p_legs) WITH ORDINALITY AS l (leg, position) JOIN ledger_accounts a ON a.id = v_accounts[position::int]
           GROUP BY a.id
      ) d
     WHERE b.account_id = d.id;
    INSERT INTO postings (entry_id, position, account_id, currency, amount_minor)
    SELECT v_entry, position, v_accounts[position::int], leg ->> 'currency', (leg ->> 'amount_minor')::bigint
      FROM jsonb_array_elements(p_legs) WITH ORDINALITY AS l (leg, position);
    RETURN v_entry;
END
$$;

-- Set a sum of a strict account aside for an operation; the floor refuses what is not there. Repeated, it changes nothing; after it was
-- voided, the same operation may reserve again.
CREATE FUNCTION ledger_reserve(
    p_id uuid, p_operation_id uuid, p_code text, p_currency text, p_owner_id uuid, p_amount_minor bigint, p_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_account uuid;
    v_known ledger_reservations%ROWTYPE;
BEGIN
    SELECT a.id INTO STRICT v_account FROM ledger_accounts a
     WHERE a.code = p_code AND a.currency = p_currency AND a.owner_id = p_owner_id AND a.is_strict;
    INSERT INTO ledger_reservations (id, account_id, operation_id, amount_minor, state, created_at)
    VALUES (p_id, v_account, p_operation_id, p_amount_minor, 'open', p_at) ON CONFLICT (operation_id) DO NOTHING;
    IF NOT FOUND THEN
        SELECT * INTO v_known FROM ledger_reservations WHERE operation_id = p_operation_id FOR UPDATE;
        IF v_known.account_id <> v_account OR v_known.amount_minor <> p_amount_minor OR v_known.state = 'posted' THEN
            RAISE EXCEPTION 'the operation has another reservation' USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_reservations_content';
        END IF;
        IF v_known.state = 'open' THEN
            RETURN;
        END IF;
        UPDATE ledger_reservations SET state = 'open' WHERE id = v_known.id;
    END IF;
    UPDATE ledger_balances SET reserved = reserved + p_amount_minor WHERE account_id = v_account;
END
$$;

-- End the open reservation of an operation, if it has one. Only called by the two below and above.
CREATE FUNCTION ledger_close(p_operation_id uuid, p_state text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_known ledger_reservations%ROWTYPE;
BEGIN
    UPDATE ledger_reservations SET state = p_state WHERE operation_id = p_operation_id AND state = 'open' RETURNING * INTO v_known;
    IF FOUND THEN
        UPDATE ledger_balances SET reserved = reserved - v_known.amount_minor WHERE account_id = v_known.account_id;
    END IF;
END
$$;

-- Give a reserved sum free again: the operation was refused for good, or is to be tried again later.
CREATE FUNCTION ledger_void(p_operation_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM ledger_close(p_operation_id, 'void');
END
$$;

-- Pages and tasks write through the functions alone; only the jobs role (tasks, commands, the desk) reads the books.
REVOKE ALL ON FUNCTION ledger_open(uuid, text, text, uuid, bigint, boolean, timestamptz),
    ledger_post(text, text, jsonb, uuid, timestamptz, timestamptz, bigint, uuid),
    ledger_reserve(uuid, uuid, text, text, uuid, bigint, timestamptz), ledger_close(uuid, text), ledger_void(uuid),
    ledger_refuse_change(), ledger_check_postings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_post(text, text, jsonb, uuid, timestamptz, timestamptz, bigint, uuid),
    ledger_reserve(uuid, uuid, text, text, uuid, bigint, timestamptz), ledger_void(uuid) TO millgate_app, millgate_jobs;
GRANT SELECT ON ledger_accounts, ledger_balances, ledger_reservations, journal_entries, postings TO millgate_jobs;
GRANT SELECT, INSERT, UPDATE ON payout_accounts, payments, holds, operations, refunds, provider_events, provider_movements
    TO millgate_app, millgate_jobs;
