namespace StellarPipeline.Postgres;

/// <summary>The name of a SQLSTATE, and what a user can do about it.</summary>
/// <remarks>Codes and names: PostgreSQL manual, appendix A.</remarks>
internal static class SqlStateText
{
    /// <summary>The server's name for the code, with the code in front.</summary>
    public static string Name(string sqlState) => sqlState switch
    {
        "08P01" => "08P01 protocol_violation",
        "22001" => "22001 string_data_right_truncation",
        "22003" => "22003 numeric_value_out_of_range",
        "22021" => "22021 character_not_in_repertoire",
        "22P03" => "22P03 invalid_binary_representation",
        "22P04" => "22P04 bad_copy_file_format",
        "23502" => "23502 not_null_violation",
        "23503" => "23503 foreign_key_violation",
        "23505" => "23505 unique_violation",
        "23514" => "23514 check_violation",
        "25006" => "25006 read_only_sql_transaction",
        "25P02" => "25P02 in_failed_sql_transaction",
        "25P03" => "25P03 idle_in_transaction_session_timeout",
        "25P04" => "25P04 transaction_timeout",
        "28000" => "28000 invalid_authorization_specification",
        "28P01" => "28P01 invalid_password",
        "3D000" => "3D000 invalid_catalog_name",
        "3F000" => "3F000 invalid_schema_name",
        "40001" => "40001 serialization_failure",
        "40P01" => "40P01 deadlock_detected",
        "42501" => "42501 insufficient_privilege",
        "42703" => "42703 undefined_column",
        "42704" => "42704 undefined_object",
        "42P01" => "42P01 undefined_table",
        "53100" => "53100 disk_full",
        "53200" => "53200 out_of_memory",
        "53300" => "53300 too_many_connections",
        "55006" => "55006 object_in_use",
        "55P03" => "55P03 lock_not_available",
        "57014" => "57014 query_canceled",
        "57P01" => "57P01 admin_shutdown",
        "57P02" => "57P02 crash_shutdown",
        "57P03" => "57P03 cannot_connect_now",
        "57P05" => "57P05 idle_session_timeout",
        "58030" => "58030 io_error",
        "XX001" => "XX001 data_corrupted",
        "XX002" => "XX002 index_corrupted",
        _ => sqlState,
    };

    /// <summary>What to do, in full sentences.</summary>
    public static string Advice(string sqlState) => sqlState switch
    {
        "08P01" or "22P03" or "22P04" =>
            "The bytes do not fit the column's type: the table's columns may differ from what this version writes. Compare them, or run "
                + "the migrations.",
        "22021" => "A text value is not valid in the database's encoding. Use a database with encoding UTF8.",
        "23502" => "A column that is filled with NULL does not allow it: the table may come from another version. Run the migrations.",
        "23503" =>
            "A row refers to a parent row that does not exist. Load parents first, or use a foreign-key strategy that checks the keys at "
            + "the end of the load.",
        "23505" => "The table may already contain rows: load into empty tables, or let the load replace existing rows.",
        "25006" => "The server is a standby or the database is read-only. Connect to the primary.",
        "25P02" => "An earlier statement of this transaction failed: look for the first error.",
        "25P03" or "25P04" or "57P05" =>
            "A time-out that was set for the role or the database ended the session. Lift it for the loading role (ALTER ROLE … SET …).",
        "28000" or "28P01" => "Check the user and the password (PGPASSWORD, or a password file), and the server's pg_hba.conf.",
        "3D000" => "Create the database (createdb), or check its name.",
        "3F000" or "42P01" or "42703" => "Check the search path, and run the migrations.",
        "42704" => "The server does not know this name; it may be older than the setting, or an extension is missing.",
        "42501" => "Grant the missing privilege to the connecting role, or connect as the tables' owner.",
        "40001" or "40P01" => "The transaction conflicted with another session. Run again when that session is done.",
        "53100" => "Free space on the server's disk (data and pg_wal), then run again.",
        "53200" => "The server ran out of memory. Give it more, or send smaller batches, then run again.",
        "53300" => "Close idle sessions, or raise max_connections.",
        "55006" => "Another session uses the object. End it (see pg_stat_activity), then run again.",
        "55P03" =>
            "Another session holds a lock on the table. See pg_locks and pg_stat_activity; end that session, or allow a longer "
                + "lock_timeout.",
        "57014" => "The statement was cancelled by a user, or by statement_timeout. Run again.",
        "57P01" or "57P02" => "An administrator or a crash ended the session: the server's log says why. Run again when the server is up.",
        "57P03" => "The server is starting or stopping. Run again when it is up.",
        "58030" or "XX001" or "XX002" => "The server's storage failed: see its log before anything else is written.",
        _ => sqlState[..2] switch
        {
            "08" => "The connection broke. Check the network and the server's log, then run again.",
            "22" => "A value does not fit its column: the table may come from another version. Run the migrations.",
            "23" => "A constraint of the table refused the row. Compare the table with its migration.",
            "53" => "The server lacks a resource: see its log.",
            "57" => "The server ended the statement: see its log, then run again.",
            _ => "See the server's log for more.",
        },
    };
}
