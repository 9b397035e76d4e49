-- As it was in 0007: the way back.
-- Set a sum of a strict account aside for an operation; the floor refuses what is not there. Repeated, it changes nothing; after it was
-- voided, the same operation may reserve again.
CREATE OR REPLACE FUNCTION ledger_reserve(
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
