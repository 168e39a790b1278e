"""The first tables of the main database, one function for each room.

Frozen: installations were made with it. It is never edited; a change is a new migration, `0002_….py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_events()
    create_blind_index()
    create_known_messages()
    create_suppressions()
    create_requests()
    create_items()
    create_timeline()
    create_decisions()
    create_staff()
    create_projections()
    create_quarantine()
    create_exports()
    create_own_erasures()
    create_authority_disclosures()
    create_restrictions()
    create_request_states()
    create_holds()
    create_recipients()
    create_idempotency()
    create_tokens()
    create_sign_in_codes()
    create_attempts()
    create_export_links()
    create_saved_filters()
    create_uploads()
    create_policies()
    create_agenda()
    create_dispatches()


def create_events() -> None:
    op.create_table(
        "events",
        sa.Column("log", sa.String(64), nullable=False, comment="one lock and one sequence each; today only `main`"),
        sa.Column("position", sa.BigInteger, autoincrement=False, nullable=False, comment="1, 2, 3 … without a gap"),
        sa.Column("stream_id", sa.Uuid, nullable=False, comment="the aggregate"),
        sa.Column("stream_version", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False, comment="the event's stable name, TOPIC"),
        sa.Column("recorded_at", sa.String(27), nullable=False, comment="ISO 8601, UTC, microseconds; never decreases"),
        sa.Column(
            "header", sa.LargeBinary, nullable=False, comment="canonical JSON, the leaf of the evidence, verbatim"
        ),
        sa.Column("payload", sa.Text, nullable=False, comment="plain JSON; personal data only as ciphertext"),
        sa.PrimaryKeyConstraint("log", "position", name="pk_events"),
        sa.UniqueConstraint("log", "stream_id", "stream_version", name="uq_events_log_stream_id_stream_version"),
    )
    # A log that never forgets: not even a bug of ours may change it.
    if op.get_bind().dialect.name == "sqlite":
        for action in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER events_no_{action} BEFORE {action} ON events "
                "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'events are never changed' "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        op.execute(
            "CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events()"
        )


def create_blind_index() -> None:
    op.create_table(
        "blind_index",
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("token", sa.String(64), nullable=False, comment="HMAC-SHA256 of the normal form, hex"),
        sa.Column("stream_id", sa.Uuid, nullable=False, comment="the case"),
        sa.PrimaryKeyConstraint("purpose", "token", "stream_id", name="pk_blind_index"),
    )
    op.create_index("ix_blind_index_stream_id", "blind_index", ["stream_id"])


def create_known_messages() -> None:
    op.create_table(
        "known_messages",
        sa.Column("token", sa.String(64), nullable=False, comment="HMAC-SHA256 of the Message-ID, hex"),
        sa.Column(
            "content_fingerprint", sa.String(64), nullable=False, comment="HMAC-SHA256 of the whole message, hex"
        ),
        sa.Column("stream_id", sa.Uuid, nullable=False, comment="the case"),
        sa.PrimaryKeyConstraint("token", name="pk_known_messages"),
    )
    op.create_index("ix_known_messages_stream_id", "known_messages", ["stream_id"])


def create_suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("purpose", sa.String(32), nullable=False, comment="the kind of identifier"),
        sa.Column("token", sa.String(64), nullable=False, comment="HMAC-SHA256 of the normal form, hex"),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False, comment="the case of the objection"),
        sa.Column("since", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("purpose", "token", "controller_id", "request_id", name="pk_suppressions"),
    )


# Read models: what they hold is folded from the log, so a later change of theirs ends with a rebuild.


def create_requests() -> None:
    op.create_table(
        "requests",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("held_by", sa.Text, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("authenticated", sa.Boolean, nullable=False),
        sa.Column("suggested_rights", sa.Text, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("lifecycle", sa.String, nullable=False),
        sa.Column("outcome", sa.String),
        sa.Column("assignee", sa.String),
        sa.Column("linked_to", sa.Uuid),
        sa.Column("link_reason", sa.String, nullable=False),
        sa.Column("closed_at", sa.String(27)),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("acknowledge_by", sa.Date, nullable=False),
        sa.Column("acknowledged_at", sa.String(27)),
        sa.Column("clock", sa.String, nullable=False),
        sa.Column("suspensions", sa.Text, nullable=False),
        sa.Column("suspended_since", sa.Date),
        sa.Column("suspended_days", sa.Integer, nullable=False),
        sa.Column("extended", sa.Boolean, nullable=False),
        sa.Column("extension_pending", sa.Boolean, nullable=False),
        sa.Column("statutory_due", sa.Date, nullable=False),
        sa.Column("promise_due", sa.Date),
        sa.Column("effective_due", sa.Date, nullable=False),
        sa.Column("operational_due", sa.Date, nullable=False),
        sa.Column("effective_ends_at", sa.String(27), nullable=False),
        sa.Column("identity", sa.String, nullable=False),
        sa.Column("represented_by", sa.String),
        sa.Column("representation_ends_on", sa.Date),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("items_open", sa.Integer, nullable=False),
        sa.Column("items_unanswered", sa.Integer, nullable=False),
        sa.Column("answered_at", sa.String(27)),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("promise_missed", sa.Boolean, nullable=False),
        sa.Column("last_event_at", sa.String(27), nullable=False),
        sa.Column("last_position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_requests"),
    )
    op.create_index(
        "ix_requests_assignee_status_effective_due_request_id",
        "requests",
        ["assignee", "status", "effective_due", "request_id"],
    )
    op.create_index(
        "ix_requests_controller_id_status_effective_due_request_id",
        "requests",
        ["controller_id", "status", "effective_due", "request_id"],
    )
    op.create_index(
        "ix_requests_controller_id_status_last_position_request_id",
        "requests",
        ["controller_id", "status", "last_position", "request_id"],
    )
    op.create_index(
        "ix_requests_controller_id_status_received_at_request_id",
        "requests",
        ["controller_id", "status", "received_at", "request_id"],
    )
    op.create_index(
        "ix_requests_controller_id_status_reference_request_id",
        "requests",
        ["controller_id", "status", "reference", "request_id"],
    )
    op.create_index("ix_requests_reference", "requests", ["reference"], unique=True)
    op.create_index(
        "ix_requests_status_effective_due_request_id", "requests", ["status", "effective_due", "request_id"]
    )
    op.create_index(
        "ix_requests_status_last_position_request_id", "requests", ["status", "last_position", "request_id"]
    )
    op.create_index("ix_requests_status_received_at_request_id", "requests", ["status", "received_at", "request_id"])
    op.create_index("ix_requests_status_reference_request_id", "requests", ["status", "reference", "request_id"])


def create_items() -> None:
    op.create_table(
        "items",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("right", sa.String, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("direct_marketing", sa.Boolean, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("decided_at", sa.String(27)),
        sa.Column("decided_by", sa.String),
        sa.Column("refusal_proposed_by", sa.String),
        sa.Column("refusal_ground", sa.String),
        sa.Column("refusal_provision", sa.String),
        sa.Column("refusal_extent", sa.Text),
        sa.Column("refusal_late", sa.Boolean),
        sa.Column("refused_in_part", sa.Text, nullable=False),
        sa.Column("erasure_ground", sa.String),
        sa.Column("accuracy", sa.String),
        sa.Column("effected", sa.Boolean, nullable=False),
        sa.Column("done_at", sa.String(27)),
        sa.Column("systems", sa.Text, nullable=False),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.Column("answered_at", sa.String(27)),
        sa.PrimaryKeyConstraint("request_id", "item_id", name="pk_items"),
    )
    op.create_index("ix_items_right_status_request_id", "items", ["right", "status", "request_id"])
    op.create_index(
        "ix_items_controller_id_answered_status_request_id",
        "items",
        ["controller_id", "answered", "status", "request_id"],
    )


def create_timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("happened_at", sa.String(27), nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "version", name="pk_timeline"),
        sqlite_with_rowid=False,
    )


def create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("item_id", sa.String),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("opened_by", sa.String, nullable=False),
        sa.Column("decided_at", sa.String(27)),
        sa.Column("decided_by", sa.String),
        sa.Column("effective_at", sa.String(27)),
        sa.Column("ground", sa.String),
        sa.Column("provision", sa.String),
        sa.Column("extent", sa.Text),
        sa.Column("method", sa.String),
        sa.Column("assurance", sa.String),
        sa.Column("new_due", sa.Date),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("about_id", sa.Uuid),
        sa.Column("item_ids", sa.Text),
        sa.Column("amount", sa.BigInteger),
        sa.Column("currency", sa.String),
        sa.Column("offer_ends_on", sa.Date),
        sa.Column("answering", sa.Text),
        sa.PrimaryKeyConstraint("request_id", "version", name="pk_decisions"),
    )
    op.create_index("ix_decisions_controller_id_kind_position", "decisions", ["controller_id", "kind", "position"])
    op.create_index("ix_decisions_kind_outcome_position", "decisions", ["kind", "outcome", "position"])
    op.create_index("ix_decisions_kind_position", "decisions", ["kind", "position"])
    op.create_index("ix_decisions_position", "decisions", ["position"], unique=True)


def create_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("identifier", sa.String, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("controllers", sa.Text, nullable=False),
        sa.Column("has_left", sa.Boolean, nullable=False),
        sa.Column("enrolled_at", sa.String(27), nullable=False),
        sa.Column("last_position", sa.BigInteger, nullable=False),
        sa.Column("access_ends_on", sa.Date),
        sa.Column("confidentiality_signed_on", sa.Date),
        sa.Column("training_completed_on", sa.Date),
        sa.Column("training", sa.Text, nullable=False),
        sa.Column("reachable", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_staff"),
    )
    op.create_index("ix_staff_identifier", "staff", ["identifier"], unique=True)


def create_projections() -> None:
    op.create_table(
        "projections",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("rebuilt_at", sa.String(27)),
        sa.PrimaryKeyConstraint("name", name="pk_projections"),
    )


def create_quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.Column("controller_id", sa.String),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("request_id", sa.Uuid),
        sa.Column("settled_at", sa.String(27)),
        sa.Column("settled_by", sa.String),
        sa.PrimaryKeyConstraint("quarantine_id", name="pk_quarantine"),
    )
    op.create_index(
        "ix_quarantine_status_received_at_quarantine_id", "quarantine", ["status", "received_at", "quarantine_id"]
    )


def create_exports() -> None:
    op.create_table(
        "exports",
        sa.Column("export_id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("request_version", sa.Integer, nullable=False),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("ciphertext_sha256", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("prepared_at", sa.String(27), nullable=False),
        sa.Column("prepared_by", sa.String, nullable=False),
        sa.Column("kept_until", sa.String(27)),
        sa.Column("purged_at", sa.String(27)),
        sa.Column("purge_reason", sa.String),
        sa.Column("offered_at", sa.String(27)),
        sa.Column("expires_at", sa.String(27)),
        sa.Column("redeemed_at", sa.String(27)),
        sa.Column("session_ends_at", sa.String(27)),
        sa.Column("network", sa.String),
        sa.Column("revoked", sa.String),
        sa.Column("wrong_secrets", sa.Integer, nullable=False),
        sa.Column("downloads", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("export_id", name="pk_exports"),
    )
    op.create_index("ix_exports_kept_until", "exports", ["kept_until"])
    op.create_index("ix_exports_request_id", "exports", ["request_id"])


def create_restrictions() -> None:
    op.create_table(
        "restrictions",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("restriction_id", sa.Uuid, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("ground", sa.String, nullable=False),
        sa.Column("awaits", sa.String),
        sa.Column("activities", sa.Text, nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("review_on", sa.Date, nullable=False),
        sa.Column("told_at", sa.String(27)),
        sa.Column("lifted_at", sa.String(27)),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "restriction_id", name="pk_restrictions"),
    )
    op.create_index(
        "ix_restrictions_lifted_at_review_on_request_id", "restrictions", ["lifted_at", "review_on", "request_id"]
    )


def create_request_states() -> None:
    op.create_table(
        "request_states",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("from_position", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("until", sa.String(27)),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("rights", sa.Text, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("outcome", sa.String),
        sa.Column("owed", sa.Boolean, nullable=False),
        sa.Column("suspended", sa.Boolean, nullable=False),
        sa.Column("effective_due", sa.Date, nullable=False),
        sa.Column("effective_ends_at", sa.String(27), nullable=False),
        sa.Column("extended", sa.Boolean, nullable=False),
        sa.Column("answered_on", sa.Date),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("carried", sa.Text),
        sa.PrimaryKeyConstraint("request_id", "from_position", name="pk_request_states"),
    )
    op.create_index("ix_request_states_received_on", "request_states", ["received_on"])


def create_own_erasures() -> None:
    op.create_table(
        "own_erasures",
        sa.Column("own_erasure_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("system", sa.String, nullable=False),
        sa.Column("request_id", sa.Uuid),
        sa.Column("found_at", sa.String(27), nullable=False),
        sa.Column("reported_at", sa.String(27), nullable=False),
        sa.Column("reported_by", sa.String, nullable=False),
        sa.Column("deleted_at", sa.String(27)),
        sa.Column("systems", sa.Text, nullable=False),
        sa.Column("recipients_told", sa.Text, nullable=False),
        sa.Column("person_unknown", sa.Boolean),
        sa.Column("settled_at", sa.String(27)),
        sa.Column("settled_by", sa.String),
        sa.PrimaryKeyConstraint("own_erasure_id", name="pk_own_erasures"),
    )
    op.create_index("ix_own_erasures_position", "own_erasures", ["position"], unique=True)
    op.create_index("ix_own_erasures_status_position", "own_erasures", ["status", "position"])
    op.create_index(
        "ix_own_erasures_controller_id_status_position", "own_erasures", ["controller_id", "status", "position"]
    )


def create_authority_disclosures() -> None:
    op.create_table(
        "authority_disclosures",
        sa.Column("authority_disclosure_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("authority", sa.String, nullable=False),
        sa.Column("country", sa.String, nullable=False),
        sa.Column("third_country", sa.Boolean, nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("provision_cited", sa.String, nullable=False),
        sa.Column("request_id", sa.Uuid),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("recorded_by", sa.String, nullable=False),
        sa.Column("finding", sa.String),
        sa.Column("provision", sa.String),
        sa.Column("agreement", sa.String),
        sa.Column("extent", sa.Text, nullable=False),
        sa.Column("reviewed_at", sa.String(27)),
        sa.Column("reviewed_by", sa.String),
        sa.Column("given_at", sa.String(27)),
        sa.Column("given_by", sa.String),
        sa.Column("given_channel", sa.String),
        sa.Column("systems", sa.Text, nullable=False),
        sa.Column("categories", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("authority_disclosure_id", name="pk_authority_disclosures"),
    )
    op.create_index("ix_authority_disclosures_position", "authority_disclosures", ["position"], unique=True)
    op.create_index("ix_authority_disclosures_status_position", "authority_disclosures", ["status", "position"])
    op.create_index(
        "ix_authority_disclosures_controller_id_status_position",
        "authority_disclosures",
        ["controller_id", "status", "position"],
    )


# End of the read models.


def create_idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(64), nullable=False, comment="HMAC of caller, method, path and key, hex"),
        sa.Column("fingerprint", sa.String(64), nullable=False, comment="HMAC of the body, hex"),
        sa.Column("body", sa.Text, nullable=False, comment="the answer, JSON, without personal data or secrets"),
        sa.Column("version", sa.Integer, comment="ETag of the answer"),
        sa.Column("resource_id", sa.String(64), comment="what was made, for Location"),
        sa.Column("stream_id", sa.Uuid, comment="the aggregate it belongs to"),
        sa.Column("recorded_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_stream_id", "idempotency", ["stream_id"])
    op.create_index("ix_idempotency_recorded_on", "idempotency", ["recorded_on"])


def create_tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("sha256", sa.String(64), nullable=False, comment="of the token, hex"),
        sa.Column("token_id", sa.Uuid, nullable=False),
        sa.Column("staff", sa.String(40), comment="identifier of the member of staff"),
        sa.Column("request_id", sa.Uuid, comment="the one case of a data subject"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.Boolean, nullable=False),
        sa.Column("last_used_on", sa.Date),
        sa.PrimaryKeyConstraint("sha256", name="pk_tokens"),
        sa.UniqueConstraint("token_id", name="uq_tokens_token_id"),
    )
    op.create_index("ix_tokens_staff", "tokens", ["staff"])
    op.create_index("ix_tokens_request_id", "tokens", ["request_id"])


def create_export_links() -> None:
    op.create_table(
        "export_links",
        sa.Column("sha256", sa.String(64), nullable=False, comment="of the token, hex"),
        sa.Column("session_sha256", sa.String(64), nullable=False, comment="of the session's secret, hex"),
        sa.Column("token_id", sa.Uuid, nullable=False),
        sa.Column("export_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_export_links"),
        sa.UniqueConstraint("session_sha256", name="uq_export_links_session_sha256"),
        sa.UniqueConstraint("token_id", name="uq_export_links_token_id"),
    )
    op.create_index("ix_export_links_export_id", "export_links", ["export_id"])


def create_saved_filters() -> None:
    op.create_table(
        "saved_filters",
        sa.Column("filter_id", sa.Uuid, nullable=False),
        sa.Column("owner", sa.String(40), nullable=False, comment="identifier of the member of staff"),
        sa.Column("name", sa.String(60), nullable=False, comment="not sealed: no personal data belongs here"),
        sa.Column("query", sa.Text, nullable=False, comment="JSON, as GET /requests takes it"),
        sa.Column("shared", sa.Boolean, nullable=False, comment="shown to all staff of the service"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("filter_id", name="pk_saved_filters"),
        sa.UniqueConstraint("owner", "name", name="uq_saved_filters_owner_name"),
    )


def create_sign_in_codes() -> None:
    op.create_table(
        "sign_in_wishes",
        sa.Column("code_id", sa.Uuid, nullable=False),
        sa.Column("reference", sa.String, nullable=False, comment="that was typed; empty where it was none"),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False, comment="the code, and the wish with it"),
        sa.Column("next_attempt_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("code_id", name="pk_sign_in_wishes"),
    )
    op.create_index("ix_sign_in_wishes_next_attempt_at", "sign_in_wishes", ["next_attempt_at"])
    op.create_table(
        "sign_in_tries",
        sa.Column("reference", sa.String(64), nullable=False, comment="that was typed: HMAC under the keyring, hex"),
        sa.Column("made", sa.Integer, nullable=False),
        sa.Column("last_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_sign_in_tries"),
    )
    op.create_index("ix_sign_in_tries_last_at", "sign_in_tries", ["last_at"])
    op.create_table(
        "sign_in_tries_by_network",
        sa.Column("reference", sa.String(64), nullable=False, comment="as in `sign_in_tries`"),
        sa.Column("tried_by", sa.String(64), nullable=False, comment="reference and network: HMAC, hex"),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False, comment="among all of its reference"),
        sa.Column("tried_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("reference", "tried_by", "number", name="pk_sign_in_tries_by_network"),
    )
    op.create_index("ix_sign_in_tries_by_network_tried_at", "sign_in_tries_by_network", ["tried_at"])
    op.create_table(
        "sign_in_codes",
        sa.Column("code_id", sa.Uuid, nullable=False, comment="the code is computed from it"),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), comment="its mail; none while it waits"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries_before", sa.Integer, nullable=False, comment="of its reference, when it was made"),
        sa.Column("used", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("code_id", name="pk_sign_in_codes"),
    )
    op.create_index("ix_sign_in_codes_request_id", "sign_in_codes", ["request_id"])
    op.create_table(
        "subject_sessions",
        sa.Column("hmac", sa.String(64), nullable=False, comment="of the token, under the keyring; hex"),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hmac", name="pk_subject_sessions"),
    )
    op.create_index("ix_subject_sessions_expires_at", "subject_sessions", ["expires_at"])
    op.create_index("ix_subject_sessions_request_id", "subject_sessions", ["request_id"])


def create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("network", sa.String(64), nullable=False, comment="HMAC of network and minute, hex"),
        sa.Column("minute", sa.BigInteger, nullable=False, comment="since 1970, UTC"),
        sa.Column("made", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("network", name="pk_attempts"),
    )
    op.create_index("ix_attempts_minute", "attempts", ["minute"])


def create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("upload_id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False, comment="bytes that are to come"),
        sa.Column("received", sa.BigInteger, nullable=False, comment="bytes that have come"),
        sa.Column(
            "details", sa.Text, nullable=False, comment="JSON: where the file comes from; nothing of its content"
        ),
        sa.Column("key_id", sa.Uuid, nullable=False, comment="seals the parts"),
        sa.Column("touched_at", sa.String(27), nullable=False, comment="when the last part came"),
        sa.PrimaryKeyConstraint("upload_id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_request_id", "uploads", ["request_id"])
    op.create_index("ix_uploads_touched_at", "uploads", ["touched_at"])
    op.create_table(
        "upload_parts",
        sa.Column("upload_id", sa.Uuid, nullable=False),
        sa.Column("start", sa.BigInteger, autoincrement=False, nullable=False, comment="its first byte in the file"),
        sa.Column("size", sa.BigInteger, nullable=False, comment="bytes"),
        sa.Column("blob_id", sa.Uuid, nullable=False),
        sa.Column("ciphertext_sha256", sa.String(64), nullable=False, comment="of the stored file, hex"),
        sa.PrimaryKeyConstraint("upload_id", "start", name="pk_upload_parts"),
    )


def create_holds() -> None:
    op.create_table(
        "holds",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("hold_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("activities", sa.Text, nullable=False),
        sa.Column("systems", sa.Text, nullable=False),
        sa.Column("placed_at", sa.String(27), nullable=False),
        sa.Column("placed_by", sa.String, nullable=False),
        sa.Column("released_at", sa.String(27)),
        sa.Column("released_by", sa.String),
        sa.PrimaryKeyConstraint("request_id", "hold_id", name="pk_holds"),
    )
    op.create_index("ix_holds_position", "holds", ["position"], unique=True)
    op.create_index("ix_holds_released_at_position", "holds", ["released_at", "position"])


def create_recipients() -> None:
    op.create_table(
        "recipients",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("done_at", sa.String(27)),
        sa.Column("tell_by", sa.Date),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column("settled_by", sa.String),
        sa.Column("told_at", sa.String(27)),
        sa.Column("channel", sa.String),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("obstacle", sa.String),
        sa.PrimaryKeyConstraint("request_id", "item_id", "recipient", name="pk_recipients"),
    )
    op.create_index("ix_recipients_settled_tell_by_request_id", "recipients", ["settled", "tell_by", "request_id"])


def create_policies() -> None:
    op.create_table(
        "policy_positions",
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False, comment="the last event that it was given"),
        sa.Column("moved_at", sa.String(27), nullable=False),
        sa.Column("stopped_by", sa.String(64), comment="code of what stopped it since then; never its words"),
        sa.PrimaryKeyConstraint("policy", name="pk_policy_positions"),
    )
    op.create_table(
        "policy_parked",
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("code", sa.String(64), nullable=False, comment="of the error; never its words"),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("next_try_at", sa.String(27), comment="NULL: it waits for a person"),
        sa.PrimaryKeyConstraint("policy", "case_id", name="pk_policy_parked"),
    )
    op.create_index("ix_policy_parked_next_try_at", "policy_parked", ["next_try_at"])
    op.create_table(
        "policy_waiting",
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("policy", "case_id", "position", name="pk_policy_waiting"),
    )


def create_agenda() -> None:
    op.create_table(
        "agenda",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("about", sa.Date, nullable=False),
        sa.Column("due_at", sa.String(27)),
        sa.Column("stands", sa.Boolean, nullable=False),
        sa.Column("recorded", sa.Boolean, nullable=False),
        sa.Column("at", sa.String(27)),
        sa.Column("memory", sa.Text),
        sa.PrimaryKeyConstraint("request_id", "kind", "subject", "about", name="pk_agenda"),
    )
    op.create_index("ix_agenda_at_request_id", "agenda", ["at", "request_id"])
    op.create_table(
        "put_aside",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("about", sa.Date, nullable=False),
        sa.Column("code", sa.String(64), nullable=False, comment="of the error; never its words"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("next_try_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "kind", "subject", "about", name="pk_put_aside"),
    )


def create_dispatches() -> None:
    op.create_table(
        "dispatches",
        sa.Column("dispatch_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("item_ids", sa.Text, nullable=False),
        sa.Column("concerns", sa.String),
        sa.Column("recipient", sa.String),
        sa.Column("addressee", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("addressed", sa.Boolean, nullable=False),
        sa.Column("statements", sa.Text, nullable=False),
        sa.Column("missing", sa.Text, nullable=False),
        sa.Column("template_version", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("prepared_at", sa.String(27), nullable=False),
        sa.Column("prepared_by", sa.String, nullable=False),
        sa.Column("written_at", sa.String(27), nullable=False, comment="when it was filled in last from its case"),
        sa.Column("edited_by", sa.String),
        sa.Column("needs_approval", sa.Boolean, nullable=False),
        sa.Column("approved_by", sa.String),
        sa.Column("released_at", sa.String(27)),
        sa.Column("released_by", sa.String),
        sa.Column("not_before", sa.String(27)),
        sa.Column("sent_at", sa.String(27)),
        sa.Column("transport", sa.String),
        sa.Column("unrecorded", sa.String),
        sa.Column("failed_at", sa.String(27)),
        sa.Column("failure", sa.String),
        sa.Column("bounced_at", sa.String(27)),
        sa.Column("bounce_status", sa.String),
        sa.Column("discarded_at", sa.String(27)),
        sa.Column("discarded_by", sa.String),
        sa.PrimaryKeyConstraint("dispatch_id", name="pk_dispatches"),
    )
    op.create_index("ix_dispatches_position", "dispatches", ["position"], unique=True)
    op.create_index("ix_dispatches_request_id_position", "dispatches", ["request_id", "position"])
    op.create_index("ix_dispatches_state_position", "dispatches", ["state", "position"])
    op.create_index("ix_dispatches_controller_id_state_position", "dispatches", ["controller_id", "state", "position"])
    op.create_table(
        "outbox",
        sa.Column("dispatch_id", sa.Uuid, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", sa.String(27), nullable=False),
        sa.Column("claimed_until", sa.String(27), comment="whoever sends it now has until then"),
        sa.Column("code", sa.String(64), comment="of the last error; never its words"),
        sa.Column("first_failed_at", sa.String(27)),
        sa.Column(
            "begun_at", sa.String(27), comment="since then it may have left as it is; none: it has not, for certain"
        ),
        sa.Column("handed_over", sa.Integer, nullable=False, comment="how often, with an end that nobody knows"),
        sa.Column("case_version", sa.Integer, comment="of its case, with which it was compared then"),
        sa.PrimaryKeyConstraint("dispatch_id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_next_attempt_at", "outbox", ["next_attempt_at"])
